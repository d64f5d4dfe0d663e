// The service's own store, as a provider to migrate from and to.
import { Database } from "../../dist/service/service.js";
import { loadModule } from "../load-service.js";
import { deferred, load } from "./deferred.js";

/** @param {{ wasm?: string | URL | BufferSource | WebAssembly.Module }} options where the module's bytes are */
export const indexedDbProvider = (name = "default", { wasm } = {}) =>
  deferred(async () => {
    const [{ ofModule }] = await Promise.all([load(), loadModule(wasm)]);
    return ofModule(new Database(name));
  });
