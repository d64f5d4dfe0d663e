// The table of sizes in docs/benchmarks.md has each part that has a budget, with that budget.
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

test("each budget is told, and each size that is told keeps to it", async () => {
  const [, section] = /## Sizes\n([^]*?)\n## /.exec(await textOf("docs/benchmarks.md"));
  const rows = section.split("\n").filter((line) => line.startsWith("| `")).map((line) => line.slice(2, -2).split(" | "));
  const told = new Map(rows.map(([name, ...cells]) => [name.replaceAll("`", ""), number(cells.at(-1))]));
  // A later file belongs to both builds if both fetch it.
  assert.deepEqual(Object.fromEntries([...told].sort()), Object.fromEntries([...(await budgets())].sort()));
  for (const [name, , script, module, together, budget] of rows) {
    assert.equal(number(script) + number(module), number(together), name);
    assert.ok(number(together) <= number(budget), name);
  }
});
