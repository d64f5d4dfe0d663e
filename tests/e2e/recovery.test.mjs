// How soon a page is at work again, and what is no reason to load its frame anew, on the demo with the options that it has if nobody says otherwise.
import { onEngine, playOn } from "./harness/plays.mjs";
import { demo } from "./harness/stands.mjs";
import { recoveryScenario } from "./scenarios/recovery.mjs";

for (const name of ["chromium", "firefox", "webkit"]) onEngine(name, (engine) => recoveryScenario(playOn(demo, engine)));
