// The page's module.
import init from "../dist/manager/manager.js";
import { loader } from "./loader.js";

export const load = loader(init, "manager_bg.wasm");
