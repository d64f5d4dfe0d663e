// Loads a module, once for the whole page.
import { SessionError } from "./error.js";

/**
 * A function that resolves when the module can be used. A failure is not remembered: the next call tries again.
 *
 * @param {(options?: object) => Promise<unknown>} init as wasm-bindgen generates it
 * @param {string} file of the module, for the advice
 */
export function loader(init, file) {
  let loading;
  return (wasm) => {
    loading ??= init(wasm === undefined ? undefined : { module_or_path: wasm }).catch((cause) => {
      loading = undefined;
      const advice = `The module could not be loaded; serve ${file} as application/wasm, and allow 'wasm-unsafe-eval' in script-src.`;
      throw new SessionError("unreachable", advice, true, { cause });
    });
    return loading;
  };
}
