// `npm run fuzz -- --inputs 10000000`: so many inputs into each decoder and each machine, made from `fuzz/corpus` by a seed.
// `--seed S` makes others. What the ordinary tests try is the same, only less of it.
import { main, run, Stop } from "./lib/run.mjs";

const NAMES = { "--inputs": "FUZZ_INPUTS", "--seed": "FUZZ_SEED" };

await main("fuzz", async () => {
  const env = { ...process.env, FUZZ_INPUTS: "10000000" };
  const asked = process.argv.slice(2);
  for (let at = 0; at < asked.length; at += 2) {
    const [name, value] = [NAMES[asked[at]], asked[at + 1]];
    if (!name || !/^\d+$/.test(value ?? "")) throw new Stop("It takes --inputs N and --seed S, each a number.");
    env[name] = value;
  }
  const { code } = await run("cargo", ["test", "--locked", "--test", "fuzz", "inputs_to", "--", "--nocapture"], { env, show: true });
  process.exitCode = code === 0 ? 0 : 1;
});
