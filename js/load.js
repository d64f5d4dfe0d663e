// Loads the module, once for the whole page.
import init from "../dist/manager/manager.js";
import { SessionError } from "./error.js";

let loading;

/** Resolves when the module can be used. A failure is not remembered: the next manager tries again. */
export function load(wasm) {
  loading ??= init(wasm === undefined ? undefined : { module_or_path: wasm }).catch((cause) => {
    loading = undefined;
    const advice = "The module could not be loaded; serve manager_bg.wasm as application/wasm, and allow 'wasm-unsafe-eval' in script-src.";
    throw new SessionError("unreachable", advice, true, { cause });
  });
  return loading;
}
