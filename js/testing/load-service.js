// In place of js/load-service.js: the service's module from what is compiled already.
import { initSync } from "../../dist/service/service.js";

export const loadModule = async () => void initSync({ module: compiledModule });
