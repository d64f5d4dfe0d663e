// A user's project for one tool: its packages as its lock file has them, the packed tarball, and the sources.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/lib/paths.mjs";
import { must } from "../../scripts/lib/run.mjs";

const here = dirname(fileURLToPath(import.meta.url));
/** What is installed is kept here between runs. */
const CACHE = join(root, "target", "packaging");
/** What stays of a project from one run to the next. */
const KEPT = ["node_modules", "package.json", "package-lock.json", "installed.sha256"];

/**
 * Makes the project of a tool ready: installs its packages unless they are there, removes what an earlier run left, and puts
 * the sources and the package in.
 *
 * @param {{ folder: string, inline?: boolean, sources?: string }} tool `folder` below `tools/`, with package.json, lock file, and what the
 *   tool's users add; `sources`: the folder beside `tools/` whose files come first; `inline`: whether they import the entries that carry their module
 * @param {{ installed: string }} user what `installTarball` gave
 * @returns {Promise<string>} its folder
 */
export async function prepare({ folder, inline = false, sources }, { installed }) {
  const project = join(CACHE, folder);
  const its = join(here, "tools", folder);
  await install(project, its);
  for (const name of await readdir(project)) if (!KEPT.includes(name)) await rm(join(project, name), { recursive: true, force: true });
  // Tools keep what they made of a package under its version, which is the same in every run.
  for (const name of [".vite", ".cache", "session-bridge"]) await rm(join(project, "node_modules", name), { recursive: true, force: true });
  await cp(installed, join(project, "node_modules", "session-bridge"), { recursive: true });
  if (sources) await cp(join(here, sources), project, { recursive: true });
  await cp(its, project, { recursive: true });
  if (inline) for (const name of ["page.js", "service.js"]) await toInline(join(project, name));
  return project;
}

async function install(project, its) {
  const lock = await readFile(join(its, "package-lock.json"));
  const digest = createHash("sha256").update(lock).update(process.version).digest("hex");
  const stamp = join(project, "installed.sha256");
  if ((await readFile(stamp, "utf8").catch(() => "")) === digest) return;
  await mkdir(project, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) await cp(join(its, name), join(project, name));
  await must("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: project });
  await writeFile(stamp, digest);
}

async function toInline(file) {
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/(from "session-bridge(?:\/service)?)"/, '$1/inline"'));
}
