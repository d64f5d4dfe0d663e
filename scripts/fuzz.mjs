// `npm run fuzz -- --inputs 10000000`: so many inputs into each decoder and each machine, made from `fuzz/corpus` by a seed.
// `--seed S` makes others. What the ordinary tests try is the same, only less of it. With `--guided` libFuzzer makes the
// inputs, by what the code does with them; what it found of worth, and what broke something, is in `target/guided`.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/paths.mjs";
import { main, run, Stop } from "./lib/run.mjs";

const TARGETS = ["inputs_to_the_service", "inputs_to_the_manager", "inputs_to_the_json_scanner"];

/** Each place in the code is counted, and what is compared there is told: what libFuzzer lives on. */
const COVERAGE = ["level=4", "inline-8bit-counters", "pc-table", "trace-compares"];

await main("fuzz", async () => {
  const { inputs, seed, guided } = readOptions(process.argv.slice(2));
  const env = { ...process.env, FUZZ_INPUTS: inputs, FUZZ_SEED: seed };
  const failed = guided ? await guide(env) : await plain(env);
  process.exitCode = failed ? 1 : 0;
});

function readOptions(args) {
  const string = (value) => ({ type: "string", default: value });
  let values;
  try {
    const options = { inputs: string("10000000"), seed: string("1"), guided: { type: "boolean", default: false } };
    ({ values } = parseArgs({ args, options, allowPositionals: false }));
  } catch (error) {
    throw new Stop(error.message);
  }
  if (![values.inputs, values.seed].every((value) => /^\d+$/.test(value))) {
    throw new Stop("It takes --inputs N and --seed S, each a number, and --guided.");
  }
  return values;
}

async function plain(env) {
  const args = ["test", "--locked", "--test", "fuzz", "inputs_to", "--", "--nocapture"];
  return (await run("cargo", args, { env, show: true })).code !== 0;
}

/** One program for each target: libFuzzer ends it. */
async function guide(env) {
  // With a target named, what runs while building is left without it.
  const flags = ["-Cpasses=sancov-module", ...COVERAGE.map((name) => `-Cllvm-args=-sanitizer-coverage-${name}`)];
  const own = {
    FUZZ_GUIDED: join(root, "target/guided"),
    CARGO_TARGET_DIR: join(root, "target/guided-build"),
    RUSTFLAGS: flags.join(" "),
  };
  for (const target of TARGETS) {
    const args = ["test", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target", "host-tuple", "--features", "link", target, "--", "--nocapture"];
    const { code } = await run("cargo", args, { env: { ...env, ...own }, show: true });
    if (code !== 0) return true;
  }
  return false;
}
