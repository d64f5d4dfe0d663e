// The two modules that ship, byte for byte, compiled once in a process.
import managerBytes from "../../dist/manager/manager_bg.wasm";
import serviceBytes from "../../dist/service/service_bg.wasm";

let compiled;

/** Compiled at once instead of in the background: so a bridge comes up without waiting for any timer of the host's. */
export function modules() {
  compiled ??= { manager: new WebAssembly.Module(managerBytes), service: new WebAssembly.Module(serviceBytes) };
  return compiled;
}
