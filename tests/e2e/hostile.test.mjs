// A hostile world around the service and its pages, each test of a number of docs/hostile.md.
import { after, before, describe } from "node:test";
import { ENGINES, onEngine, playOn } from "./harness/plays.mjs";
import { openWorld } from "./harness/world.mjs";
import { connectionScenario } from "./hostile/connections.mjs";
import { frameScenario } from "./hostile/frames.mjs";
import { grantScenario } from "./hostile/grants.mjs";
import { helloScenario } from "./hostile/hellos.mjs";
import { lab } from "./hostile/lab.mjs";
import { headerScenario, originScenario } from "./hostile/origins.mjs";
import { placeScenario } from "./hostile/placed.mjs";

const SCENARIOS = [originScenario, helloScenario, connectionScenario, frameScenario, grantScenario, placeScenario];

for (const name of Object.keys(ENGINES)) {
  onEngine(name, (engine) => {
    const play = playOn(lab, engine);
    describe(`${play.title}: a hostile world`, () => {
      /** One browser for all of it. What a page is framed by is left to the service: its header would keep most of them out. */
      const stage = {};
      before(async () => (stage.world = await openWorld(play, { frameAncestors: false })));
      after(() => stage.world?.close());
      for (const scenario of SCENARIOS) scenario(play, stage);
    });
    headerScenario(play);
  });
}
