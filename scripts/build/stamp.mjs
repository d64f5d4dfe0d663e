// Skips a build of which no input changed.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "../lib/paths.mjs";
import { must } from "../lib/run.mjs";

const INPUTS = ["Cargo.toml", "Cargo.lock", "wasm-pack.toml", "package-lock.json", "src", "js", "scripts/build.mjs", "scripts/build"];

/** A digest of everything that the builds are made of: sources, locked versions, these scripts and the compiler. */
export async function digestInputs() {
  const hash = createHash("sha256").update(await must("rustc", ["-vV"]));
  for (const file of await listFiles(INPUTS.map((name) => join(root, name)))) {
    hash.update(`\0${relative(root, file)}\0`).update(await readFile(file));
  }
  return hash.digest("hex");
}

/** Whether the stamp in `build.outDir` carries this digest and everything it made is there. */
export async function isFresh(build, digest) {
  if (![build.script, build.module, ...build.later.map(({ script }) => script)].every(existsSync)) return false;
  return (await readFile(stampPath(build), "utf8").catch(() => "")) === digest;
}

export async function setStamp(build, digest) {
  await writeFile(stampPath(build), digest);
}

function stampPath(build) {
  return join(build.outDir, "inputs.sha256");
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
