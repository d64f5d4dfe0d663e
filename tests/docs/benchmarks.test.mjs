// The table of sizes in docs/benchmarks.md has each part that has a budget, and no size over it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { textOf } from "./lib/documents.mjs";

/** Each part of the build that has a budget, by the name that the build prints. */
async function budgets() {
  const { build, script } = parse(await textOf("wasm-pack.toml"));
  const file = (path) => path.split("/").at(-1).replace(/\.js$/, "");
  const found = Object.entries(build).flatMap(([name, { budget, later = [] }]) => [[name, budget], ...later.map((one) => [file(one.entry), one.budget])]);
  for (const { file: path, budget } of script) if (budget) found.push([file(path), budget]);
  return new Map(found);
}

const number = (text) => Number(text.replace(/[* ]/g, ""));

test("each part that has a budget is told, and its size keeps to it", async () => {
  const [, section] = /## Sizes\n([^]*?)\n## /.exec(await textOf("docs/benchmarks.md"));
  const rows = section.split("\n").filter((line) => line.startsWith("| `")).map((line) => line.slice(2, -2).split(" | "));
  const known = await budgets();
  assert.deepEqual(rows.map(([name]) => name.replaceAll("`", "")).sort(), [...known.keys()].sort());
  for (const [name, , script, module, together] of rows) {
    assert.equal(number(script) + number(module), number(together), name);
    assert.ok(number(together) <= known.get(name.replaceAll("`", "")), name);
  }
});
