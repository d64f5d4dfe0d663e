// The service's module.
import { BUILD, finish, imports } from "../dist/service/service.js";
import { loader } from "./loader.js";

export const loadModule = loader({ BUILD, finish, imports }, "session-bridge/service", () => new URL("service_bg.wasm", import.meta.url));
