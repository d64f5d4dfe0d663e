import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { marked, opened } from "../../scripts/build/identity.mjs";
import { readManifest } from "../../scripts/build/manifest.mjs";
import { root } from "../../scripts/lib/paths.mjs";

test("a module is marked with an empty custom section, and stays what it is", () => {
  const empty = Buffer.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const module = new WebAssembly.Module(marked(empty, "abcdef12"));
  assert.equal(WebAssembly.Module.customSections(module, "abcdef12").length, 1);
  assert.equal(WebAssembly.Module.customSections(module, "abcdef13").length, 0);
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});

test("a generated script that does not start as it should stops the build", () => {
  assert.throws(() => opened("export default 1;", "abcdef12", "1.2.3"), /does not have .*__wbg_get_imports/);
});

test("each built module carries the id of its script, and of no other build", async (t) => {
  const ids = [];
  for (const { name, outDir, script, module } of await readManifest()) {
    const bytes = await readFile(module).catch(() => null);
    if (bytes === null) return t.skip("nothing is built");
    const [, id] = /^export const BUILD = "([0-9a-f]{8})";$/m.exec(await readFile(`${outDir}/${name}.js`, "utf8"));
    assert.equal(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), id).length, 1, name);
    assert.ok((await readFile(script, "utf8")).includes(`"${id}"`), `${name}: the script does not know its id`);
    ids.push(id);
  }
  assert.equal(new Set(ids).size, ids.length, "two builds have one id");
});

test("each built script knows the version of the package", async (t) => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  for (const { name, outDir } of await readManifest()) {
    const script = await readFile(`${outDir}/${name}.js`, "utf8").catch(() => null);
    if (script === null) return t.skip("nothing is built");
    assert.equal(/^export const VERSION = "(.*)";$/m.exec(script)?.[1], version, name);
  }
});
