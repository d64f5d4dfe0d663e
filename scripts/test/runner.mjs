// Chooses stages, runs them up to the first failure, and tells what they came to. `npm test` and `npm run verify` both use it.
import { performance } from "node:perf_hooks";
import { Stop, duration, say } from "../lib/run.mjs";
import { inLanes } from "./lanes.mjs";
import { allResults, forgetResults, keepResults } from "./results.mjs";

/** @typedef {import("./stages.mjs").Stage} Stage */

/**
 * What a command line asks for: all stages, the ones that it names, or the variant that an option names.
 *
 * @param {Stage[]} all
 * @param {string[]} args
 * @param {Record<string, (all: Stage[]) => Stage[]>} variants by the name of their option
 * @returns {Stage[] | null} null: the stages are to be listed
 */
export function choose(all, args, variants = {}) {
  const options = args.filter((arg) => arg.startsWith("--"));
  const names = args.filter((arg) => !arg.startsWith("--"));
  const known = ["--list", ...Object.keys(variants).map((name) => `--${name}`)];
  const strange = options.find((option) => !known.includes(option));
  if (strange !== undefined) throw new Stop(`there is no option ${strange}. There are: ${known.join(", ")}, and names of stages.`);
  if (options.length > 1 || (options.length === 1 && names.length > 0)) throw new Stop(`${options[0]} is given by itself.`);
  if (options[0] === "--list") return null;
  if (options.length === 1) return variants[options[0].slice(2)](all);
  const unknown = names.find((name) => !all.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    throw new Stop(`there is no stage "${unknown}". There are: ${all.map((stage) => stage.name).join(", ")}`);
  }
  return names.length === 0 ? all : all.filter((stage) => names.includes(stage.name));
}

export function list(all) {
  for (const { name, title } of all) process.stdout.write(`${name.padEnd(12)}${title}\n`);
}

/**
 * Sets up, runs the stages up to the first that fails, and prints what they came to. A failure sets the exit code.
 *
 * @param {Stage[]} chosen
 * @param {{ all: Stage[], setup: () => Promise<void> }} options `all`: results kept from earlier runs are forgotten where
 *   every one of these runs
 */
export async function runStages(chosen, { all, setup }) {
  const began = performance.now();
  await setup();
  say("test", `set-up took ${duration(performance.now() - began)}`);
  if (all.every((stage) => chosen.includes(stage))) await forgetResults();
  const ran = await inLanes(chosen, runStage);
  const results = ran.map(({ result }) => result);
  const total = (field) => results.reduce((sum, result) => sum + result[field], 0);
  const rest = all.map((stage) => stage.name).filter((name) => !ran.some(({ stage }) => stage.name === name));
  process.stdout.write(`\n${results.map((result) => `  ${result.line}`).join("\n")}\n`);
  if (rest.length > 0) process.stdout.write(`  not run: ${rest.join(", ")}\n`);
  for (const skip of results.flatMap((result) => result.skips)) process.stdout.write(`  SKIPPED ${skip}\n`);
  for (const failure of failuresOf(ran, await allResults())) process.stdout.write(`  FAILED ${failure}\n`);
  process.stdout.write(`  all of it ${duration(performance.now() - began)}\n\n`);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed${total("skipped") > 0 ? `, ${total("skipped")} skipped` : ""}\n`);
  if (total("failed") > 0) process.exitCode = 1;
}

/** Each test that failed, in a line. They come last, where whoever sees the end of a log alone sees them too. */
export function failuresOf(ran, results) {
  const names = ran.map(({ stage }) => stage.name);
  const told = results.filter(({ stage, part, result }) => result === "failed" && names.includes(part ?? stage));
  const tests = told.map(({ stage, part, path, why }) => `${part ?? stage}: ${path.join(": ")}${why ? `: ${why}` : ""}`);
  return [...tests, ...ran.flatMap(({ stage, result }) => result.failures.map((failure) => `${stage.name}: ${failure}`))];
}

async function runStage({ name, title, run }) {
  process.stderr.write(`\n── ${name}: ${title}\n`);
  const began = performance.now();
  const { passed, failed, waiting = 0, skipped = 0, skips = [], failures = [], tests } = await run();
  if (tests) await keepResults(name, tests);
  const ranNone = passed + failed === 0;
  const told = ranNone ? "ran no test, which counts as a failure" : `${passed} passed, ${failed} failed`;
  const rest = [waiting > 0 && `, ${waiting} waiting`, skipped > 0 && `, ${skipped} skipped`].filter(Boolean).join("");
  const line = `${name.padEnd(12)}${told}${rest} (${duration(performance.now() - began)})`;
  say("test", line);
  return { passed, failed: failed + Number(ranNone), skipped, skips, failures, line };
}
