// What each stage's tests came to, kept under `target/` for the stage that looks at all of them.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";

const FOLDER = join(root, "target", "test-results");

/** @typedef {{ path: string[], result: "passed" | "failed" | "skipped", file?: string, why?: string }} Told one test, its name behind those of the suites around it */

/** The file of one stage, or of a part of it (`stage.part`): a line of JSON for each of its tests. Its folder is there. */
export async function resultsFile(stage) {
  await mkdir(FOLDER, { recursive: true });
  return join(FOLDER, `${stage}.jsonl`);
}

export async function keepResults(stage, tests) {
  await writeFile(await resultsFile(stage), tests.map((test) => `${JSON.stringify(test)}\n`).join(""));
}

export async function forgetResults() {
  await rm(FOLDER, { recursive: true, force: true });
}

/** What was kept so. @returns {Promise<Told[]>} */
export async function readResults(stage) {
  const text = await readFile(await resultsFile(stage), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** The tests of all stages that have run since they were forgotten. @returns {Promise<(Told & { stage: string, part?: string })[]>} */
export async function allResults() {
  const names = await readdir(FOLDER).catch(() => []);
  const stages = names.sort().map(async (name) => {
    const [stage, part] = name.split(".").slice(0, -1);
    return (await readResults(name.replace(/\.jsonl$/, ""))).map((test) => ({ stage, part, ...test }));
  });
  return (await Promise.all(stages)).flat();
}

/** The tests in what cargo's and wasm-bindgen's test runners print. @returns {Told[]} */
export function testsInCargo(output) {
  const results = { ok: "passed", FAILED: "failed", ignored: "skipped" };
  const found = output.matchAll(/^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/gm);
  return Array.from(found, ([, name, told]) => ({ path: [name], result: results[told] }));
}
