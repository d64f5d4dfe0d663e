// `npm run sim -- --seeds 100000`: seeded histories of sites, frames and stores in virtual time, on all cores.
// `--from S` begins with another seed, `--seconds T` goes on for so long; `--seed S` and `--plan "…"` tell one history.
import { main } from "./lib/run.mjs";
import { readOptions } from "./sim/options.mjs";
import { simulate } from "./sim/simulate.mjs";

await main("sim", async () => {
  const asked = readOptions(process.argv.slice(2));
  const { code, stdout } = await simulate({ asked, filter: ["every_history_ends_well"] });
  if (process.stdout.isTTY !== true) process.stdout.write(stdout);
  process.exitCode = code === 0 ? 0 : 1;
});
