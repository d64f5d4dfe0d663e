// The build manifest, read and checked.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "smol-toml";
import { root } from "../lib/paths.mjs";
import { Stop } from "../lib/run.mjs";

const MANIFEST = join(root, "wasm-pack.toml");
const FIELDS = { features: Array.isArray, "out-dir": isText, entry: isText, budget: Number.isInteger };

/**
 * The builds of `wasm-pack.toml`, each with the paths of what it makes.
 *
 * @returns {Promise<Build[]>}
 * @typedef {{ name: string, features: string[], outDir: string, entry: string, budget: number, goal?: number,
 *   script: string, module: string, later: { name: string, entry: string, budget: number }[] }} Build
 *   `module` as it is before it gets its name in `dist/`
 */
export async function readManifest(path = MANIFEST) {
  const { build = {} } = await read(path);
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
      module: join(outDir, `${name}_bg.wasm`),
      later: (table.later ?? []).map((later) => readLater(name, later)),
    };
  });
}

/**
 * The scripts that carry their modules inside.
 *
 * @returns {Promise<Script[]>}
 * @typedef {{ file: string, entry: string, budget?: number }} Script
 */
export async function readScripts(path = MANIFEST) {
  const { script = [] } = await read(path);
  return script.map(({ file, entry, budget }) => {
    if (!isText(file) || !/\.c?js$/.test(file) || !isText(entry)) throw new Stop("wasm-pack.toml: each [[script]] needs a file (.js or .cjs) and an entry");
    if (file.endsWith(".js") && !Number.isInteger(budget)) throw new Stop(`wasm-pack.toml: the [[script]] ${file} needs a budget`);
    return { file: join(root, file), entry: join(root, entry), budget };
  });
}

async function read(path) {
  return parse(await readFile(path, "utf8"));
}

function readLater(build, { entry, budget }) {
  if (!isText(entry) || !Number.isInteger(budget)) throw new Stop(`wasm-pack.toml: [[build.${build}.later]] needs an entry and a budget`);
  return { name: basename(entry, ".js"), entry: join(root, entry), budget };
}

function isText(value) {
  return typeof value === "string" && value !== "";
}
