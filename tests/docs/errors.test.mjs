// The tables of error codes, in the documentation and in JavaScript, are that of the core.
import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../../js/values.js";
import { textOf } from "./lib/documents.mjs";

/** The rows of the document's table, as arrays of cells. */
const rows = (text) => text.split("\n").filter((line) => /^\| `\w+` \|/.test(line)).map((line) => line.slice(2, -2).split(" | "));

/** The codes that the core has, in its order. */
async function codes() {
  const [, body] = /pub fn name\(self\)[^{]*\{([^]*?)\n {4}\}/.exec(await textOf("src/error.rs"));
  return [...body.matchAll(/Self::\w+ => "(\w+)"/g)].map(([, code]) => code);
}

/** The variants of the core, which stand for numbers. */
async function variants() {
  const [, body] = /pub enum Code \{([^]*?)\n\}/.exec(await textOf("src/error.rs"));
  return [...body.matchAll(/^ {4}(\w+),$/gm)].map(([, variant]) => variant);
}

test("JavaScript makes each error by its place in the core", async () => {
  const all = await codes();
  assert.ok(all.length >= 16);
  assert.deepEqual(all, (await variants()).map((variant) => variant.replace(/(?<=.)[A-Z]/g, "_$&").toLowerCase()));
  for (const [kind, code] of all.entries()) {
    const error = failure(kind, 0, "", 0, 0);
    assert.deepEqual([error.code, typeof error.retryable], [code, "boolean"]);
    assert.match(error.message, /^[A-Zs].{15,}\.$/);
  }
  assert.throws(() => failure(all.length, 0, "", 0, 0), TypeError);
});

test("each code has a row, in the core's order, and is retryable where JavaScript says so", async () => {
  const all = await codes();
  const retryable = all.map((_, kind) => failure(kind, 0, "", 0, 0).retryable);
  assert.ok(retryable.filter(Boolean).length >= 6);
  const told = rows(await textOf("docs/errors.md"));
  assert.deepEqual(told.map(([code, , again]) => [code, again]), all.map((code, kind) => [`\`${code}\``, retryable[kind] ? "yes" : "no"]));
  for (const [code, what, , todo] of told) assert.ok(what.length > 20 && todo.length > 3, code);
});

test("the types name the same codes", async () => {
  const names = await codes();
  const [, union] = /export type SessionErrorCode =([^;]*);/.exec(await textOf("js/index.d.ts"));
  assert.deepEqual([...union.matchAll(/"(\w+)"/g)].map(([, name]) => name), names);
});
