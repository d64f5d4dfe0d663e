// The build manifest, read and checked.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "smol-toml";
import { root } from "../lib/paths.mjs";
import { Stop } from "../lib/run.mjs";

const FIELDS = { features: Array.isArray, "out-dir": isText, entry: isText, budget: Number.isInteger };

/**
 * The builds of `wasm-pack.toml`, each with the paths of what it makes.
 *
 * @returns {Promise<Build[]>}
 * @typedef {{ name: string, features: string[], outDir: string, entry: string, budget: number, goal?: number,
 *   script: string, module: string, later: { name: string, entry: string, budget: number, script: string }[] }} Build
 */
export async function readManifest(path = join(root, "wasm-pack.toml")) {
  const { build = {} } = parse(await readFile(path, "utf8"));
  return Object.entries(build).map(([name, table]) => {
    for (const [field, fits] of Object.entries(FIELDS)) {
      if (!fits(table[field])) throw new Stop(`wasm-pack.toml: [build.${name}] has no valid "${field}"`);
    }
    const outDir = join(root, table["out-dir"]);
    return {
      name,
      features: table.features,
      outDir,
      entry: join(root, table.entry),
      budget: table.budget,
      goal: table.goal,
      script: join(dirname(outDir), `${name}.js`),
      module: join(dirname(outDir), `${name}_bg.wasm`),
      later: (table.later ?? []).map((later) => readLater(name, later, dirname(outDir))),
    };
  });
}

function readLater(build, { entry, budget }, folder) {
  if (!isText(entry) || !Number.isInteger(budget)) throw new Stop(`wasm-pack.toml: [[build.${build}.later]] needs an entry and a budget`);
  const name = basename(entry, ".js");
  return { name, entry: join(root, entry), budget, script: join(folder, `${name}.js`) };
}

function isText(value) {
  return typeof value === "string" && value !== "";
}
