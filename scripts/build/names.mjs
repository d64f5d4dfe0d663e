// The names under which module and generated JavaScript know one another carry long digests; nobody else reads them.

/**
 * The generated JavaScript with the names that wasm-opt's `--minify-imports-and-exports-and-modules` gave.
 *
 * @param {string} script
 * @param {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} names
 */
export function shorten(script, { imports, exports }) {
  const modules = [...new Set(imports.map(([module]) => module))];
  if (modules.length !== 1) throw new Error(`expected imports from one module, not from ${modules.length}`);
  // wasm-opt gives every module this name.
  let shortened = replaced(script, `"${modules[0]}":`, '"a":');
  // In the generated script an import is a member of the imports' object, and an export one of `wasm`.
  for (const [, name, short] of imports) shortened = replaced(shortened, `${name}:`, `${short}:`);
  for (const [name, short] of exports) if (shortened.includes(`wasm.${name}`)) shortened = replaced(shortened, `wasm.${name}`, `wasm.${short}`);
  return shortened;
}

/**
 * The generated JavaScript with imports that do not throw, whatever they call: `guarded` of js/platform.js sees to that. What is
 * passed on into the module is named instead of spread: spread calls a function of arrays, which pages replace.
 */
export function guard(script) {
  if (/^function __wasm_bindgen_func_elem\w*\((arg\d, ){4}/m.test(script)) throw new Error("a closure takes more than two values");
  const named = script.replaceAll("(...args) =>", "(one, two) =>").replaceAll("...args)", "one, two)");
  if (named === script) throw new Error("the generated script does not have ...args");
  return replaced(named, '"a": import0', '"a": guarded(import0)');
}

function replaced(script, name, short) {
  const whole = new RegExp(`(?<![\\w$])${name.replaceAll(/[.$]/g, "\\$&")}(?![\\w$])`, "g");
  if (!whole.test(script)) throw new Error(`the generated script does not have ${name}`);
  return script.replaceAll(whole, () => short);
}
