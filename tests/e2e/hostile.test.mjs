// A hostile world around the service and its pages, each test of a number of docs/hostile.md.
import { ENGINES, onEngine, playOn } from "./harness/plays.mjs";
import { connectionScenario } from "./hostile/connections.mjs";
import { frameScenario } from "./hostile/frames.mjs";
import { grantScenario } from "./hostile/grants.mjs";
import { helloScenario } from "./hostile/hellos.mjs";
import { lab } from "./hostile/lab.mjs";
import { originScenario } from "./hostile/origins.mjs";
import { placeScenario } from "./hostile/placed.mjs";

for (const name of Object.keys(ENGINES)) {
  onEngine(name, (engine) => {
    const play = playOn(lab, engine);
    originScenario(play);
    helloScenario(play);
    connectionScenario(play);
    frameScenario(play);
    grantScenario(play);
    placeScenario(play);
  });
}
