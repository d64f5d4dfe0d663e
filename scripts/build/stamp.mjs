// Skips a build of which no input changed.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { allBuilt } from "../lib/built.mjs";
import { root } from "../lib/paths.mjs";
import { must } from "../lib/run.mjs";

const INPUTS = ["Cargo.toml", "Cargo.lock", "wasm-pack.toml", "package-lock.json", "src", "js", "scripts/build.mjs", "scripts/build"];
const STAMP = "inputs.sha256";

/** A digest of everything that the builds are made of: sources, locked versions, these scripts and the compiler. */
export async function digestInputs() {
  const hash = createHash("sha256").update(await must("rustc", ["-vV"]));
  for (const file of await listFiles(INPUTS.map((name) => join(root, name)))) {
    hash.update(`\0${relative(root, file)}\0`).update(await readFile(file));
  }
  return hash.digest("hex");
}

/**
 * Whether the stamp in `folder` carries this digest and everything that was made is there.
 *
 * @param {string[]} names of files in `dist/`, without hashes
 */
export async function isFresh(folder, names, digest) {
  if (!names.every((name) => allBuilt(name).length === 1)) return false;
  return (await readFile(join(folder, STAMP), "utf8").catch(() => "")) === digest;
}

export async function setStamp(folder, digest) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, STAMP), digest);
}

async function listFiles(paths) {
  const files = [];
  for (const path of paths.toSorted()) {
    const entries = await readdir(path).catch((error) => {
      if (error.code === "ENOTDIR") return null;
      throw error;
    });
    if (entries === null) files.push(path);
    else files.push(...(await listFiles(entries.map((name) => join(path, name)))));
  }
  return files;
}
