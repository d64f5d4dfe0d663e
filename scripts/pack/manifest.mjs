// What the tarball's package.json says where it differs from the committed one.
import { basename } from "node:path";

/**
 * The package.json of the tarball: the committed one, with the names that the modules have in `dist/`, and with the folders below.
 *
 * @param {object} manifest the committed one
 * @param {(name: string) => string} find the path of a built file, by its name without a hash
 */
export function packed(manifest, find) {
  const named = (entry) => (/_bg\.wasm$/.test(entry) ? `./dist/${basename(find(basename(entry)))}` : entry);
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, entry]) => [path, named(entry)]));
  return { ...manifest, exports, files: [...manifest.files, ...folders(manifest).map(([folder]) => `${folder}/package.json`)] };
}

/**
 * For each entry but the first a folder with a package.json, by which a tool that does not read `exports` finds it.
 *
 * @returns {[folder: string, manifest: object][]}
 */
export function folders({ exports }) {
  const entries = Object.entries(exports).filter(([path, entry]) => path !== "." && typeof entry === "object");
  return entries.map(([path, entry]) => {
    const folder = path.slice("./".length);
    const up = (file) => "../".repeat(folder.split("/").length) + file.slice("./".length);
    return [folder, { main: up(entry.require.default), module: up(entry.default), types: up(entry.types) }];
  });
}
