// The tarball that the tests of one stage share.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { packTarball } from "../pack/tarball.mjs";

const FOLDER = join(root, "target", "packed");

/** Packs the checkout. Resolves with the variable that tells `tests/packaging/pack.mjs` of it. */
export async function packed() {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, "packed.json");
  await writeFile(file, JSON.stringify(await packTarball(FOLDER)));
  return { PACKED: file };
}
