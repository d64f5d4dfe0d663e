// `npm run verify`: what takes too long for every `npm test`. `npm run verify -- soak` runs some of its stages,
// `npm run verify -- --list` names them.
import { main } from "./lib/run.mjs";
import { setup } from "./setup.mjs";
import { choose, list, runStages } from "./test/runner.mjs";
import { longStages } from "./verify/stages.mjs";

await main("verify", async () => {
  const all = await longStages();
  const chosen = choose(all, process.argv.slice(2));
  if (chosen === null) return list(all);
  await runStages(chosen, { all, setup: () => setup("test") });
});
