import { concurrencyScenario } from "./concurrency.mjs";
import { faultScenario } from "./faults.mjs";
import { levelScenario } from "./levels.mjs";
import { outageScenario } from "./outage.mjs";
import { partitionScenario } from "./partition.mjs";
import { pushScenario } from "./push.mjs";
import { snapshotScenario } from "./snapshot.mjs";
import { strangerScenario } from "./stranger.mjs";

/**
 * Everything that must hold across sites, in one play; `rounds` of each fault,
 * `increments` on each of two pages at the same time.
 */
export function everyScenario(play, { rounds, increments }) {
  partitionScenario(play);
  pushScenario(play);
  snapshotScenario(play);
  concurrencyScenario(play, { increments });
  faultScenario(play, { rounds });
  outageScenario(play);
  levelScenario(play);
  strangerScenario(play);
}
