import { concurrencyScenario } from "./concurrency.mjs";
import { faultScenario } from "./faults.mjs";
import { levelScenario } from "./levels.mjs";
import { outageScenario } from "./outage.mjs";
import { partitionScenario } from "./partition.mjs";
import { pushScenario } from "./push.mjs";
import { snapshotScenario } from "./snapshot.mjs";
import { strangerScenario } from "./stranger.mjs";

/** Everything that must hold across sites, played on one stand; `rounds` of each fault. */
export function everyScenario(stand, { rounds }) {
  partitionScenario(stand);
  pushScenario(stand);
  snapshotScenario(stand);
  concurrencyScenario(stand);
  faultScenario(stand, { rounds });
  outageScenario(stand);
  levelScenario(stand);
  strangerScenario(stand);
}
