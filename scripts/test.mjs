// `npm test`: sets up, then runs every stage in order, and stops at the first that fails.
// `npm test -- host layers` runs those stages only; `npm test -- --quick` runs what answers in five minutes;
// `npm test -- --list` names the stages.
import { main } from "./lib/run.mjs";
import { quickly, stages } from "./test/stages.mjs";
import { choose, list, runStages } from "./test/runner.mjs";
import { setup } from "./setup.mjs";

await main("test", async () => {
  const all = await stages();
  const chosen = choose(all, process.argv.slice(2), { quick: quickly });
  if (chosen === null) return list(all);
  await runStages(chosen, { all, setup: () => setup(chosen.some((stage) => stage.browser) ? "test" : "checks") });
});
