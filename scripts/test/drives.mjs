// Which test files drive a browser themselves, as their imports tell.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root } from "../lib/paths.mjs";

const LAUNCHER = join(root, "tests", "e2e", "harness", "chromium.mjs");
const known = new Map([[LAUNCHER, true]]);

/** Whether the program in `file` can launch Chromium. */
export function drivesChromium(file) {
  if (!known.has(file)) {
    known.set(file, false);
    known.set(file, importsOf(file).some(drivesChromium));
  }
  return known.get(file);
}

function importsOf(file) {
  const paths = readFileSync(file, "utf8").matchAll(/\bfrom "(\.[^"]+\.mjs)"/g);
  return Array.from(paths, ([, path]) => resolve(dirname(file), path));
}
