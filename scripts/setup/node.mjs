// The npm packages that the scripts and tests use, exactly as the lock file says.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Stop, must, patiently } from "../lib/run.mjs";
import { atLeast } from "../lib/version.mjs";

// What the development tools need; the package itself runs in browsers.
const LEAST_NODE = "20.19";

export async function setupNode() {
  if (!atLeast(process.versions.node, LEAST_NODE)) {
    throw new Stop(`session-bridge needs Node ${LEAST_NODE} or newer, and this is ${process.versions.node}.`);
  }
  if (await matchesLock()) return;
  // None of the packages needs its install script.
  const install = () => must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  await patiently("set-up", "installing npm packages (about 20 seconds)", install);
}

/** npm leaves a copy of what it installed in node_modules: the packages of this system, at their versions. */
async function matchesLock() {
  const wanted = await packages("package-lock.json");
  const installed = await packages(join("node_modules", ".package-lock.json"));
  if (wanted === null) throw new Stop("package-lock.json is missing or unreadable.");
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const there = installed[path];
    return there ? there.version === entry.version : entry.optional === true;
  });
}

async function packages(file) {
  try {
    return JSON.parse(await readFile(join(root, file), "utf8")).packages ?? null;
  } catch {
    return null;
  }
}
