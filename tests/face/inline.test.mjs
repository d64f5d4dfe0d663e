// The scripts that carry their modules inside, and the names of the files that scripts fetch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { unpack } from "../../js/inline/unpack.js";
import { readManifest, readScripts } from "../../scripts/build/manifest.mjs";
import { allBuilt, built } from "../../scripts/lib/built.mjs";
import { dist, root } from "../../scripts/lib/paths.mjs";

const scripts = await readScripts();
const builds = await readManifest();
const read = (name) => readFileSync(join(dist, name), "utf8");

test("a script that carries a module fetches none, and names no address for it", () => {
  assert.ok(scripts.length >= 6);
  for (const { file } of scripts) {
    const text = readFileSync(file, "utf8");
    assert.equal(/import\.meta|_bg-[0-9A-Z]{8}\.wasm|["'`](?:data|blob):|createObjectURL/.exec(text)?.[0], undefined, basename(file));
  }
});

test("the module inside a script is the built one, byte by byte", async () => {
  for (const { name } of builds) {
    const module = readFileSync(built(`${name}_bg.wasm`));
    const script = read(`${name}-inline.js`);
    const [, text] = /["'`](H4sI[\w+/=]+)["'`]/.exec(script);
    assert.deepEqual(Buffer.from(await unpack(text, module.length)), module);
    // Where the script has the length depends on what was shortened: beside the text, or where it makes room for the bytes.
    const numbers = Array.from(script.replace(text, "").matchAll(/\b\d[\de]+\b/g), ([number]) => Number(number));
    assert.ok(numbers.includes(module.length), `${name}-inline.js has the length ${module.length}`);
  }
});

test("a module is unpacked by DecompressionStream where there is no Node", async (t) => {
  const bytes = Buffer.from("session ".repeat(40_000));
  const text = gzipSync(bytes).toString("base64");
  const { process } = globalThis;
  t.after(() => (globalThis.process = process));
  globalThis.process = undefined;
  const unpacked = Buffer.from(await unpack(text, bytes.length));
  const broken = await unpack(gzipSync(bytes).subarray(0, 60).toString("base64"), bytes.length).catch((error) => error);
  const { DecompressionStream } = globalThis;
  globalThis.DecompressionStream = undefined;
  const without = await unpack(text, bytes.length).catch((error) => error);
  Object.assign(globalThis, { DecompressionStream, process });
  assert.ok(unpacked.equals(bytes));
  assert.ok(broken instanceof Error, "what is cut off is a failure");
  assert.match(without.message, /no DecompressionStream here/);
});

test("a file that a script fetches carries a hash in its name, and the script asks for that name", () => {
  for (const { name, later } of builds) {
    const script = read(`${name}.js`);
    for (const file of [`${name}_bg.wasm`, ...later.map(({ name }) => `${name}.js`)]) {
      assert.equal(allBuilt(file).length, 1, file);
      assert.match(basename(built(file)), /-[0-9A-Z]{8}\.(wasm|js)$/);
      assert.ok(script.includes(basename(built(file))), `${name}.js asks for ${file}`);
    }
    // The form that bundlers know.
    assert.match(script, new RegExp(`new URL\\("${basename(built(`${name}_bg.wasm`))}",import\\.meta\\.url\\)`));
  }
});

test("CommonJS has each entry, with the same names as the ES module", async () => {
  const require = createRequire(import.meta.url);
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values(exports).filter((entry) => typeof entry === "object");
  assert.ok(entries.length >= 6);
  for (const entry of entries) {
    const module = await import(join(root, entry.default));
    assert.deepEqual(Object.keys(require(join(root, entry.require.default))).sort(), Object.keys(module).sort(), entry.default);
  }
});
