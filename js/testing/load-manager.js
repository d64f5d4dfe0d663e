// In place of js/load-manager.js: the page's module from what is compiled already, whatever an option says.
import { initSync } from "../../dist/manager/manager.js";

export const load = async () => void initSync({ module: compiledModule });
