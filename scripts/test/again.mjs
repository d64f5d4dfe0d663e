// Tests that failed because their browser fell silent. That says nothing of what they test: so each begins once more, in a browser of
// its own, and is told of by name. Whatever else a test fails with stands.
import { rm } from "node:fs/promises";
import { say } from "../lib/run.mjs";
import { keepResults, readResults, resultsFile } from "./results.mjs";

/** @typedef {import("./results.mjs").Told} Told */

/** What drivers say when a browser answers no more. That it answers something else than a test waits for is none of it. */
const SILENCE = /aborted due to timeout|^WebDriver: (script )?timeout|protocolTimeout|Target closed|Session closed|Connection closed/;

/** Whether a browser's silence is why this test failed. @param {Told} told */
export const isOfSilence = ({ result, why = "" }) => result === "failed" && SILENCE.test(why);

/**
 * Runs those of a stage's tests once more that failed so. In the kept results the second attempt takes the place of the first.
 *
 * @param {string} stage as `resultsFile` takes it
 * @param {(files: string[], options: { names: string[], results: string }) => Promise<unknown>} runFiles runs the tests of these
 *   files that have these names, and has their results written there
 * @param {(line: string) => void} tell is told of each of them
 * @returns {Promise<{ again: number, passed: number }>} how many these were, and how many passed then
 */
export async function runAgain(stage, runFiles, tell = (line) => say("test", line)) {
  const told = await readResults(stage);
  const silent = told.filter(isOfSilence);
  if (silent.length === 0) return { again: 0, passed: 0 };
  for (const { path, why } of silent) tell(`AGAIN, as its browser fell silent: ${path.join(": ")}: ${why}`);
  const other = `${stage}.again`;
  const files = [...new Set(silent.map(({ file }) => file))];
  await runFiles(files, { names: silent.map(({ path }) => path.at(-1)), results: await resultsFile(other) });
  const of = (list, { path }) => list.find((one) => one.path.join() === path.join() && one.result !== "skipped");
  const second = await readResults(other);
  await keepResults(stage, told.map((one) => (isOfSilence(one) ? of(second, one) ?? one : one)));
  await rm(await resultsFile(other), { force: true });
  return { again: silent.length, passed: silent.filter((one) => of(second, one)?.result === "passed").length };
}
