import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readManifest } from "../../scripts/build/manifest.mjs";
import { guard, shorten } from "../../scripts/build/names.mjs";

test("names are shortened where they are given and used, and nowhere else", () => {
  const script = `
    const import0 = {
        __proto__: null,
        __wbg_close_6cd8233b817328a8: function(arg0) {
            getObject(arg0).close();
        },
    };
    return { __proto__: null, "./page_bg.js": import0 };
    const memory = wasm.memory.buffer; wasm.page_close(page_close); wasm = instance.exports;
  `;
  const renamed = {
    imports: [["./page_bg.js", "__wbg_close_6cd8233b817328a8", "$"]],
    exports: [["memory", "b"], ["page_close", "c"]],
  };
  assert.equal(
    shorten(script, renamed),
    script
      .replace("__wbg_close_6cd8233b817328a8:", "$:")
      .replace('"./page_bg.js"', '"a"')
      .replace("wasm.memory.", "wasm.b.")
      .replace("wasm.page_close(", "wasm.c("),
  );
});

test("a name that the generated JavaScript does not have stops the build", () => {
  const imports = [["./page_bg.js", "__wbg_close_6cd8233b817328a8", "$"]];
  assert.throws(() => shorten('return { "./page_bg.js": import0 };', { imports, exports: [] }), /does not have __wbg_close/);
});

test("imports are handed to the module guarded, and closures are called without a spread", () => {
  const closure = "const real = (...args) => { f(a, state.b, ...args); };";
  assert.equal(guard(`return { "a": import0 }; ${closure}`), 'return { "a": guarded(import0) }; const real = (one, two) => { f(a, state.b, one, two); };');
  assert.throws(() => guard(`return { "b": import0 }; ${closure}`), /does not have "a": import0/);
  assert.throws(() => guard('return { "a": import0 };'), /does not have \.\.\.args/);
  assert.throws(() => guard(`return { "a": import0 }; ${closure}\nfunction __wasm_bindgen_func_elem_1(arg0, arg1, arg2, arg3, arg4) {}`), /more than two values/);
});

test("each built module and its JavaScript mean the same names", async (t) => {
  for (const { name, script, module } of await readManifest()) {
    const bytes = await readFile(module).catch(() => null);
    if (bytes === null) return t.skip("nothing is built");
    const built = await WebAssembly.compile(bytes);
    const text = await readFile(script, "utf8");
    const given = WebAssembly.Module.imports(built);
    assert.deepEqual([...new Set(given.map((each) => each.module))], ["a"], name);
    const names = given.map((each) => each.name);
    assert.ok(names.length > 10 && names.every((each) => each.length <= 2), name);
    for (const each of names) assert.match(text, new RegExp(`[{,]${each.replace("$", "\\$")}(:|\\()`), `${name} gives no ${each}`);
    assert.doesNotMatch(text, /__wbg_\w+_[0-9a-f]{16}/, name);
  }
});
