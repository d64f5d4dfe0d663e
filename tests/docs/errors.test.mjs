// The table of error codes is that of the core.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "./lib/documents.mjs";

/** The rows of the document's table, as arrays of cells. */
const rows = (text) => text.split("\n").filter((line) => /^\| `\w+` \|/.test(line)).map((line) => line.slice(2, -2).split(" | "));

/** The variants that stand in the arms of a function of the core: each with its text, where it has one. */
function arms(source, name) {
  const [, body] = new RegExp(`pub fn ${name}\\(self\\)[^{]*\\{([^]*?)\\n    \\}`).exec(source);
  return [...body.matchAll(/Self::(\w+)(?: => \{?\s*"([^"]*)")?/g)].map(([, variant, text]) => [variant, text]);
}

test("each code has a row, in the core's order, and is retryable where the core says so", async () => {
  const source = await textOf("src/error.rs");
  const names = arms(source, "name");
  const retryable = new Set(arms(source, "retryable").map(([variant]) => variant));
  assert.ok(names.length >= 16 && retryable.size >= 6);
  const told = rows(await textOf("docs/errors.md"));
  assert.deepEqual(told.map(([code, , again]) => [code, again]), names.map(([variant, name]) => [`\`${name}\``, retryable.has(variant) ? "yes" : "no"]));
  for (const [code, what, , todo] of told) assert.ok(what.length > 20 && todo.length > 3, code);
});

test("the types name the same codes", async () => {
  const names = arms(await textOf("src/error.rs"), "name").map(([, name]) => name);
  const [, union] = /export type SessionErrorCode =([^;]*);/.exec(await textOf("js/index.d.ts"));
  assert.deepEqual([...union.matchAll(/"(\w+)"/g)].map(([, name]) => name), names);
});
