// Examples are built by every tool as they stand. esbuild's iife, Vite 5 and 6, and Parcel build no `await` outside of a function.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { transform } from "esbuild";
import { root } from "../../scripts/lib/paths.mjs";

/** The JavaScript and TypeScript of a Markdown text, and of the pages in it. */
function scripts(text) {
  const blocks = [...text.matchAll(/^( *)(`{3,})(js|ts|html)\b[^\n]*\n([^]*?)^\1\2/gm)].map(([, , , language, code]) => ({ language, code }));
  const inPages = (html) => [...html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)].filter(([, attributes]) => !/importmap|json/.test(attributes)).map(([, , code]) => code);
  return blocks.flatMap(({ language, code }) => (language === "html" ? inPages(code) : [code]));
}

/** What esbuild says of it as a classic script; empty when content. */
async function asClassic(code) {
  try {
    await transform(code, { loader: "ts", format: "iife", logLevel: "silent" });
    return "";
  } catch (error) {
    return error.errors[0].text;
  }
}

test("an await outside of a function is found, in a block and in a page", async () => {
  const text = "```js\nawait a;\n```\n\n   ```html x\n   <script type=\"module\">\n   for await (const a of b);\n   </script>\n   ```\n```ts\nasync () => await a;\n```\n";
  const told = await Promise.all(scripts(text).map(asClassic));
  assert.deepEqual(told.map((message) => /^Top-level await/.test(message)), [true, true, false]);
});

test("no example waits outside of a function", async () => {
  const markdown = ["README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => join("docs", name))];
  const www = readdirSync(join(root, "www"), { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => join("www", name));
  const codes = [
    ...markdown.flatMap((path) => scripts(readFileSync(join(root, path), "utf8")).map((code) => [path, code])),
    ...www.map((path) => [path, readFileSync(join(root, path), "utf8")]),
  ];
  assert.ok(codes.length > 20);
  const told = [];
  for (const [path, code] of codes) {
    const message = await asClassic(code);
    if (message) told.push(`${path}: ${message} in ${code.trim().slice(0, 200)}`);
  }
  assert.deepEqual(told, []);
});
