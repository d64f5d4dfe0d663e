// The service's module.
import init from "../dist/service/service.js";
import { loader } from "./loader.js";

export const loadModule = loader(init, "service_bg.wasm");
