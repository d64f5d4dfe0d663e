// TypeScript's declarations for the CommonJS entries. They say the same as those of `js/`; TypeScript reads what a file is from its name.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dist, root } from "../lib/paths.mjs";

const ENDING = ".d.ts";

/** Writes `dist/<name>.d.cts` for each `js/<name>.d.ts`. */
export async function declare() {
  const sources = (await readdir(join(root, "js"))).filter((name) => name.endsWith(ENDING));
  for (const old of (await readdir(dist)).filter((name) => name.endsWith(".d.cts"))) await rm(join(dist, old));
  for (const name of sources) {
    const text = await readFile(join(root, "js", name), "utf8");
    await writeFile(join(dist, name.replace(ENDING, ".d.cts")), text.replaceAll(/(from "\.\/[\w-]+)\.js"/g, '$1.cjs"'));
  }
}
