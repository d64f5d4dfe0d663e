// What happens around the pages, told on the demo alone.
import { demo } from "./harness/stands.mjs";
import { clearedScenario } from "./scenarios/cleared.mjs";
import { lifetimeScenario } from "./scenarios/lifetime.mjs";
import { missedNoticeScenario } from "./scenarios/missed-notice.mjs";
import { suspensionScenario } from "./scenarios/suspension.mjs";

missedNoticeScenario(demo);
lifetimeScenario(demo);
clearedScenario(demo);
suspensionScenario(demo);
