// Of the built scripts: the maps to their sources, and the hashes in their names.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { readManifest } from "../../scripts/build/manifest.mjs";
import { built } from "../../scripts/lib/built.mjs";
import { root } from "../../scripts/lib/paths.mjs";

const builds = await readManifest();
const SCRIPTS = [...new Set(builds.flatMap(({ name, later }) => [name, ...later.map(({ name }) => name)]))].map((name) => `${name}.js`);
const MAPPED = /\/\/# sourceMappingURL=(.+)\n$/;

const once = (text, word) => text.split(word).length === 2;

/** Names of properties that are in a text once: no round of the build renames them. */
const namesOnce = (text) => [...new Set(Array.from(text.matchAll(/\.([A-Za-z]{6,})\b/g), ([, name]) => name))].filter((name) => once(text, name));

/** Where `word` is in a text, counted from 0. */
function placeOf(word, text) {
  const lines = text.slice(0, text.indexOf(word)).split("\n");
  return [lines.length - 1, lines.at(-1).length];
}

test("the map of a script leads from a place in it to the line of js/ or of the generated script that it was made of", () => {
  const led = new Set();
  for (const name of SCRIPTS) {
    const file = built(name);
    const text = readFileSync(file, "utf8");
    assert.equal(MAPPED.exec(text)?.[1], `${basename(file)}.map`);
    const payload = JSON.parse(readFileSync(`${file}.map`, "utf8"));
    const map = new SourceMap(payload);
    const whole = payload.sourcesContent.join("\n");
    for (const word of namesOnce(text).filter((word) => once(whole, word))) {
      const at = payload.sourcesContent.findIndex((content) => content.includes(word));
      const { originalSource, originalLine } = map.findEntry(...placeOf(word, text));
      assert.deepEqual([originalSource, originalLine], [payload.sources[at], placeOf(word, payload.sourcesContent[at])[0]], `${word} of ${name}`);
      led.add(relative(root, join(dirname(file), originalSource)));
    }
  }
  for (const source of ["js/manager.js", "js/loader.js", "js/prompt/prompt.js", "dist/manager/manager.js"]) assert.ok(led.has(source), `${source} of ${[...led]}`);
});

test("the hash in a name is that of the content that is served under it", () => {
  const hashed = builds.flatMap(({ name, later }) => [`${name}_bg.wasm`, ...later.map(({ name }) => `${name}.js`)]).map((name) => built(name));
  for (const file of hashed) {
    const bytes = readFileSync(file);
    // The line that names the map has the hash in it.
    const content = file.endsWith(".js") ? bytes.toString().replace(/[^\n]*\n$/, "") : bytes;
    const digest = createHash("sha256").update(content).digest("hex").toUpperCase();
    assert.ok(digest.startsWith(/-(\w{8})\.\w+$/.exec(basename(file))[1]), basename(file));
  }
});
