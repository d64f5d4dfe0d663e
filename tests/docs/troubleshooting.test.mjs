// The warnings that docs/troubleshooting.md quotes are those of the package, and none is left out.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";
import { textOf } from "./lib/documents.mjs";
import { codeSpans } from "./lib/markdown.mjs";

const DIAGNOSIS = "js/diagnosis";
const sources = async () => {
  const files = (await readdir(join(root, DIAGNOSIS))).map((name) => `${DIAGNOSIS}/${name}`);
  return (await Promise.all([...files, "js/explain.js"].map(textOf))).join("\n");
};
/** Every text of the source that is longer than a name, with `…` for what is filled in. Nested ones stand for themselves. */
const texts = (source) => [...source.matchAll(/(?:return|\?|:|=|,|\[|Error\("unreachable",) (?:"([^"\n]{30,})"|'([^'\n]{30,})'|`([^`\n]{30,})`)/g)].map(([, ...found]) => found.find(Boolean).replace(/\$\{[^}]*\}/g, "…"));
const pieces = (text) => text.split("…").map((piece) => piece.replace(/^[.,:;]? /, "").trim()).filter((piece) => piece.length > 8);
const rows = (text) => text.split("\n").filter((line) => /^\| `[^`]{25,}` \|/.test(line));

test("each warning that is quoted is one of the package", async () => {
  const source = (await sources()).replace(/\$\{[^}]*\}/g, "…");
  const quoted = rows(await textOf("docs/troubleshooting.md")).map((line) => codeSpans(line)[0].text);
  assert.ok(quoted.length >= 20);
  assert.deepEqual(quoted.flatMap(pieces).filter((piece) => !source.includes(piece)), []);
});

test("each warning of the package is quoted", async () => {
  const found = texts(await sources());
  assert.ok(found.length >= 20, String(found.length));
  const document = await textOf("docs/troubleshooting.md");
  const quoted = rows(document).flatMap((line) => pieces(codeSpans(line)[0].text));
  /** Parts of longer warnings, which are quoted by their beginnings. */
  const isPart = (text) => /^(, or | Cause|serviceUrl is not|the script of|the service page|No grant names|no grant names| It has another|If a build tool)/.test(text);
  const missing = found.filter((text) => !isPart(text) && !quoted.some((piece) => text.includes(piece)));
  assert.deepEqual(missing, []);
});
