// What the built JavaScript does not do, read from its text.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readManifest } from "../../scripts/build/manifest.mjs";
import { built } from "../../scripts/lib/built.mjs";

const builds = await readManifest();
const FILES = [...new Set(builds.flatMap(({ name, later }) => [name, ...later.map(({ name }) => name)]))].map((name) => `${name}.js`);
const texts = Object.fromEntries(FILES.map((name) => [name, readFileSync(built(name), "utf8")]));

/** The arguments of each call of `postMessage` in a text, as they are written. */
function posts(text) {
  return [...text.matchAll(/\bpostMessage\b\s*(\?\.)?\s*\(/g)].map(({ index, 0: begun }) => {
    const parts = [""];
    let depth = 1;
    for (const letter of text.slice(index + begun.length)) {
      if ("([{".includes(letter)) depth += 1;
      if (")]}".includes(letter)) depth -= 1;
      if (depth === 0) break;
      if (letter === "," && depth === 1) parts.push("");
      else parts[parts.length - 1] += letter;
    }
    return parts.map((part) => part.trim());
  });
}

test("calls of postMessage are told apart by what they are given", () => {
  assert.deepEqual(posts("a.postMessage(b(1,2),[c,d]);x?.postMessage?.(y)"), [["b(1,2)", "[c,d]"], ["y"]]);
});

test("hostile 10: in the built scripts one call posts to a window, and it is given an origin", () => {
  const all = FILES.flatMap((name) => posts(texts[name]).map((parts) => ({ name, parts })));
  assert.ok(all.length >= 3, JSON.stringify(all));
  // To a port or a BroadcastChannel goes a message alone; to a window an origin and what is transferred as well.
  const others = all.filter(({ parts }) => parts.length !== 1);
  assert.deepEqual(others.map(({ name, parts }) => [name, parts.length]), [["manager.js", 3]]);
  // It is no constant: it comes from the core, which has it from the address of the service.
  assert.doesNotMatch(others[0].parts[1], /["'`]/);
});

test("hostile 13: in the built scripts chance comes from crypto.getRandomValues alone", () => {
  for (const [name, text] of Object.entries(texts)) assert.equal(/Math\s*\.\s*random|["'`]random["'`]/.exec(text)?.[0], undefined, name);
  for (const name of ["manager.js", "service.js"]) assert.ok(texts[name].includes("crypto.getRandomValues"), name);
});

test("hostile 48: the built scripts make no code from text, and no elements either", () => {
  const makers = /\beval\s*\((?!uate)|\bFunction\s*\(|\bset(?:Timeout|Interval)\s*\(\s*["'`]|\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|javascript:|createContextualFragment|\bsrcdoc\b/;
  for (const [name, text] of Object.entries(texts)) assert.equal(makers.exec(text)?.[0], undefined, name);
});
