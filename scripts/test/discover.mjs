// Which tests there are. A new file in the right place is found by itself.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";

const tests = join(root, "tests");

/** Names of the Rust test programs in `tests/`: those for a browser (`web…`) and those for the host. */
export async function rustTests() {
  const names = [];
  for (const entry of await readdir(tests, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(".rs")) names.push(entry.name.slice(0, -".rs".length));
    else if (existsSync(join(tests, entry.name, "main.rs"))) names.push(entry.name);
  }
  names.sort();
  const isWeb = (name) => name.startsWith("web");
  return { host: names.filter((name) => !isWeb(name)), web: names.filter(isWeb) };
}

/** Files that match `*.test.mjs`, for each folder of `tests/` that has any. */
export async function nodeTests() {
  const folders = {};
  for (const entry of await readdir(tests, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".test.mjs")) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const folder = file.slice(tests.length + 1).split("/")[0];
    (folders[folder] ??= []).push(file);
  }
  for (const files of Object.values(folders)) files.sort();
  return folders;
}

/** Files of the type tests. */
export async function typeTests() {
  const names = await readdir(join(tests, "types")).catch(() => []);
  return names.filter((name) => /\.m?ts$/.test(name));
}
