// Loads a module, once for the whole page.
import { SessionError } from "./error.js";
import { describe, prepare, shown, watchPolicy } from "./explain.js";

/**
 * A function that resolves when the module can be used. A failure is not remembered: the next call tries again.
 *
 * @param {{ BUILD: string, imports: () => object, finish: (instance: object, module: object) => unknown }} glue as generated
 * @param {string} entry what the script is imported as
 * @param {() => URL | (() => Promise<BufferSource>)} locate gives where the module's bytes are, if the application does not say
 */
export function loader(glue, entry, locate) {
  let loading;
  let own;
  try {
    own = locate();
  } catch {
    // A tool made a plain script of this, which does not know its own address.
  }
  const load = (wasm = own) => {
    watchPolicy();
    loading ??= start(glue, { what: "module", wasm, entry }).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return Object.assign(load, { own });
}

async function start({ BUILD, imports, finish }, about) {
  try {
    const module = await compile(about);
    // Before anything of it runs: the names by which script and module call one another fit one build alone.
    about.other = !WebAssembly.Module.customSections(module, BUILD).length;
    if (about.other) throw new Error("It is of another build.");
    finish(await WebAssembly.instantiate(module, imports()), module);
  } catch (cause) {
    about.cause = cause;
    about.url = nameOf(about.wasm);
    await prepare(about);
    const short = `${about.url} could not be loaded as WebAssembly; see the cause, and reload the page.`;
    throw new SessionError("unreachable", describe(about) ?? short, true, { cause });
  }
}

/** How texts name a module. */
export function nameOf(wasm) {
  try {
    const url = new URL(wasm, location.href);
    if (url.host) return shown(url);
  } catch {
    // It is no address.
  }
  return "The module";
}

async function compile(about) {
  let { wasm } = about;
  if (typeof wasm === "function") wasm = await wasm();
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (typeof wasm !== "string" && !(wasm instanceof URL)) return WebAssembly.compile(wasm);
  const response = (about.response = await fetch(wasm));
  if (!response.ok) throw new Error(`status ${response.status}`);
  // Only with this type can it be compiled while it arrives.
  return response.headers.get("Content-Type") === "application/wasm" ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
