// What `npm pack` and `npm publish` run before (`prepack`) and after (`postpack`, with `--after`) they make the tarball.
//
// The committed package.json names built files without their hashes. In the tarball it names them as they are. Beside it the
// tarball has a folder for each entry, for tools that do not read `exports`.
import { copyFile, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { built } from "./lib/built.mjs";
import { root } from "./lib/paths.mjs";
import { isMain, main } from "./lib/run.mjs";
import { folders, packed } from "./pack/manifest.mjs";
import { setup } from "./setup.mjs";

const MANIFEST = join(root, "package.json");
/** The committed one, while the other is in its place. */
const KEPT = join(root, "target", "package.json");

async function before() {
  await after();
  await setup("start");
  // Loaded only now: it needs the npm packages that the set-up installs.
  const { build } = await import("./build.mjs");
  await build();
  await mkdir(join(root, "target"), { recursive: true });
  await copyFile(MANIFEST, KEPT);
  const committed = JSON.parse(await readFile(MANIFEST, "utf8"));
  await write(MANIFEST, packed(committed, (name) => built(name)));
  for (const [folder, manifest] of folders(committed)) {
    await mkdir(join(root, folder), { recursive: true });
    await write(join(root, folder, "package.json"), manifest);
  }
}

/** Puts everything back as it was, also after a run that was broken off. */
async function after() {
  const kept = await readFile(KEPT, "utf8").catch(() => null);
  if (kept !== null) await writeFile(MANIFEST, kept);
  await rm(KEPT, { force: true });
  // The longest first, so that what is in a folder goes before it.
  for (const folder of folders(JSON.parse(await readFile(MANIFEST, "utf8"))).map(([folder]) => folder).sort().reverse()) {
    await rm(join(root, folder, "package.json"), { force: true });
    await rmdir(join(root, folder)).catch(() => {});
  }
}

function write(file, manifest) {
  return writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

if (isMain(import.meta)) await main("pack", process.argv.includes("--after") ? after : before);
