// The package as a user gets it: packed, and installed in a folder outside the checkout.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../../scripts/lib/run.mjs";
import { packTarball } from "../../scripts/pack/tarball.mjs";

/** What is packed already is named by the variable PACKED; see `scripts/test/packed.mjs`. */
async function packed(folder) {
  const { PACKED } = process.env;
  return PACKED ? JSON.parse(await readFile(PACKED, "utf8")) : packTarball(folder);
}

/**
 * Installs the tarball in a fresh folder. Answers `{ folder, tarball, installed, files, manifest, remove }`:
 * the folder, the tarball, the package installed inside it, the packed paths, and its package.json.
 */
export async function installTarball() {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-user-"));
  const { tarball, files } = await packed(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await must("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: folder });
  const installed = join(folder, "node_modules", "session-bridge");
  return {
    folder,
    tarball,
    installed,
    files,
    manifest: JSON.parse(await readFile(join(installed, "package.json"), "utf8")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
