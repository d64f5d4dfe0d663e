// Builds what wasm-pack.toml lists, and holds each build under its size budget.
// `node scripts/build.mjs [name…] [--force]` (default: all of them; skips one of which no input changed).
import { basename, join } from "node:path";
import { bundle, bundleWhole } from "./build/bundle.mjs";
import { declare } from "./build/declare.mjs";
import { identify } from "./build/identity.mjs";
import { readManifest, readScripts } from "./build/manifest.mjs";
import { judge, weigh } from "./build/size.mjs";
import { digestInputs, isFresh, setStamp } from "./build/stamp.mjs";
import { bind, compile, shrink } from "./build/steps.mjs";
import { TESTING, bundleTesting } from "./build/testing.mjs";
import { built } from "./lib/built.mjs";
import { dist } from "./lib/paths.mjs";
import { Stop, isMain, main, say } from "./lib/run.mjs";

/**
 * @param {{ names?: string[], force?: boolean }} options `names`: of builds; without, the scripts that carry modules are made too
 * @returns {Promise<{ name: string, total: number }[]>} bytes that a page fetches of each, with brotli
 */
export async function build({ names = [], force = false } = {}) {
  const builds = await readManifest();
  const unknown = names.find((name) => !builds.some((build) => build.name === name));
  if (unknown !== undefined) throw new Stop(`wasm-pack.toml has no [build.${unknown}]`);
  const digest = await digestInputs();
  const sizes = [];
  for (const build of builds) {
    if (names.length > 0 && !names.includes(build.name)) continue;
    const files = [`${build.name}.js`, `${build.name}_bg.wasm`];
    const later = build.later.map(({ name }) => `${name}.js`);
    if (!force && (await isFresh(build.outDir, [...files, ...later], digest))) say("build", `${build.name}: nothing changed`);
    else await make(build, digest);
    sizes.push(await judged(build, files));
    for (const [at, name] of later.entries()) await judged(build.later[at], [name]);
  }
  if (names.length === 0) sizes.push(...(await makeWhole(builds, { digest, force })));
  return sizes;
}

async function make(build, digest) {
  await bind(build, await compile(build));
  await shrink(build);
  await identify(build);
  await bundle(build);
  await setStamp(build.outDir, digest);
}

/** The scripts that carry modules, and the types of those in CommonJS. */
async function makeWhole(builds, { digest, force }) {
  const scripts = await readScripts();
  const stamp = join(dist, "whole");
  const files = [...scripts.map(({ file }) => basename(file)), ...TESTING];
  if (force || !(await isFresh(stamp, files, digest))) {
    for (const script of scripts) await bundleWhole(script, builds);
    await bundleTesting();
    await declare();
    await setStamp(stamp, digest);
  }
  const sizes = [];
  for (const { file, budget } of scripts) if (budget !== undefined) sizes.push(await judged({ name: basename(file), budget }, [basename(file)]));
  return sizes;
}

async function judged(limits, names) {
  const weighed = await weigh(names.map((name) => built(name)));
  say("build", judge(limits, weighed));
  return { name: limits.name, total: weighed.total };
}

if (isMain(import.meta)) {
  const args = process.argv.slice(2);
  const names = args.filter((arg) => !arg.startsWith("--"));
  await main("build", () => build({ names, force: args.includes("--force") }));
}
