// The one way in which the simulation is run, by `npm run sim` and by `npm test`.
import { run, toolEnv } from "../lib/run.mjs";

/** So many seeds at least, for every fault to be met, and so long, in `npm test`. */
export const TESTED = { seeds: 10_000, seconds: 120 };

/**
 * Runs tests of the simulation. Resolves with what the program printed and its exit code.
 *
 * @param {{ asked?: Record<string, string | number>, features?: string[], filter?: string[], small?: boolean, gently?: boolean }} options
 *   `asked` are the variables that tests/sim/main.rs reads; `filter` names tests, or is empty for all of them; `small`
 *   runs the small worlds along; `gently` is that of `run`
 */
export function simulate({ asked = {}, features = [], filter = [], small = false, gently = false } = {}) {
  const env = toolEnv(Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, String(value)])));
  const feature = features.length === 0 ? [] : ["--features", features.join(",")];
  const args = ["test", "--locked", "--test", "sim", ...(small ? ["--test", "small"] : []), ...feature, ...filter, "--", "--nocapture"];
  return run("cargo", args, { env, show: true, gently });
}
