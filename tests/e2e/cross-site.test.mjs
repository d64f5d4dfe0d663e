import { demo } from "./harness/stands.mjs";
import { everyScenario } from "./scenarios/all.mjs";

everyScenario(demo, { rounds: 20 });
