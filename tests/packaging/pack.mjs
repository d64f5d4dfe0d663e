// The package as a user gets it: packed, and installed in a folder outside the checkout.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/paths.mjs";

const run = promisify(execFile);

/**
 * Packs the checkout and installs the tarball in a fresh folder. Answers `{ folder, tarball, installed, files, manifest, remove }`:
 * the folder, the tarball, the package installed inside it, the packed paths, and its package.json.
 */
export async function installTarball() {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-user-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  // The build that `prepack` runs may print before the list, which is a JSON array that starts a line.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const tarball = join(folder, packed.filename);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: folder });
  const installed = join(folder, "node_modules", "session-bridge");
  return {
    folder,
    tarball,
    installed,
    files: packed.files.map(({ path }) => path),
    manifest: JSON.parse(await readFile(join(installed, "package.json"), "utf8")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
