// Where things are in a checkout.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const dist = join(root, "dist");
export const tools = join(root, ".tools");
export const toolsBin = join(tools, "bin");
export const nodeBin = join(root, "node_modules", ".bin");
