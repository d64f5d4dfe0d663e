// Storage that changes under running services, on the demo.
import { onEngine, playOn } from "./harness/plays.mjs";
import { demo } from "./harness/stands.mjs";
import { ladderScenario } from "./scenarios/ladder.mjs";

onEngine("chromium", (engine) => ladderScenario(playOn(demo, engine)));
