// Everything that can befall a page and its frame, while the page writes.
import { ENGINES, onEngine, playOn } from "./harness/plays.mjs";
import { demo } from "./harness/stands.mjs";
import { amidWritesScenario } from "./scenarios/amid-writes.mjs";

for (const name of Object.keys(ENGINES)) onEngine(name, (engine) => amidWritesScenario(playOn(demo, engine)));
