// The page's module.
import { BUILD, finish, imports } from "../dist/manager/manager.js";
import { loader } from "./loader.js";

export const load = loader({ BUILD, finish, imports }, "session-bridge", () => new URL("manager_bg.wasm", import.meta.url));
