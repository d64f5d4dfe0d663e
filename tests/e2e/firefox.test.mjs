import { onEngine, playOn } from "./harness/plays.mjs";
import { demo } from "./harness/stands.mjs";
import { everyScenario } from "./scenarios/all.mjs";
import { everyScenarioAround } from "./scenarios/around.mjs";

onEngine("firefox", (engine) => {
  const play = playOn(demo, engine);
  everyScenario(play, { rounds: 5, increments: 1_000 });
  everyScenarioAround(play);
});
