// The service's module, loaded once for the whole page.
import init from "../dist/service/service.js";
import { SessionError } from "./error.js";

let loading;

/** Resolves when the module can be used. A failure is not remembered. */
export function loadModule(wasm) {
  loading ??= init(wasm === undefined ? undefined : { module_or_path: wasm }).catch((cause) => {
    loading = undefined;
    const advice = "The module could not be loaded; serve service_bg.wasm as application/wasm, and allow 'wasm-unsafe-eval' in script-src.";
    throw new SessionError("unreachable", advice, true, { cause });
  });
  return loading;
}
