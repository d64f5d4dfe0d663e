// Where built files are. The name of one that another file fetches carries a hash of its content.
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { dist } from "./paths.mjs";
import { Stop } from "./run.mjs";

/** As scripts/build/bundle.mjs writes it. */
const HASH = "[0-9A-Z]{8}";

/**
 * The path of a built file: `built("manager_bg.wasm")` is `…/dist/manager_bg-1A2B3C4D.wasm`, `built("manager.js")` itself.
 *
 * @param {string} name without a hash
 */
export function built(name, folder = dist) {
  const found = allBuilt(name, folder);
  if (found.length !== 1) throw new Stop(`${folder} has ${found.length} files for ${name}; run: npm run build -- --force`);
  return found[0];
}

/** Every file of this name, with a hash or without. @returns {string[]} */
export function allBuilt(name, folder = dist) {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  const escaped = (text) => text.replaceAll(/[.$]/g, "\\$&");
  const pattern = new RegExp(`^${escaped(stem)}(-${HASH})?${escaped(extension)}$`);
  try {
    return readdirSync(folder).filter((file) => pattern.test(file)).map((file) => join(folder, file));
  } catch {
    return [];
  }
}
