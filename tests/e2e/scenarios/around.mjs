import { clearedScenario } from "./cleared.mjs";
import { expiryScenario } from "./expiry.mjs";
import { isolatedScenario } from "./isolated.mjs";
import { lifetimeScenario } from "./lifetime.mjs";
import { missedNoticeScenario } from "./missed-notice.mjs";
import { requestsScenario } from "./requests.mjs";
import { suspensionScenario } from "./suspension.mjs";
import { tableScenario } from "./table.mjs";

/** What happens around the pages: to their store, their windows and their managers. */
export function everyScenarioAround(play) {
  missedNoticeScenario(play);
  lifetimeScenario(play);
  clearedScenario(play);
  suspensionScenario(play);
  expiryScenario(play);
  requestsScenario(play);
  isolatedScenario(play);
  tableScenario(play);
}
