// Builds what wasm-pack.toml lists, and holds each build under its size budget.
// `node scripts/build.mjs [name…] [--force]` (default: all of them; skips one of which no input changed).
import { readManifest } from "./build/manifest.mjs";
import { judge, weigh } from "./build/size.mjs";
import { digestInputs, isFresh, setStamp } from "./build/stamp.mjs";
import { bind, bundle, compile, shrink } from "./build/steps.mjs";
import { Stop, isMain, main, say } from "./lib/run.mjs";

/**
 * @param {{ names?: string[], force?: boolean }} options
 * @returns {Promise<{ name: string, total: number }[]>} bytes that a page fetches of each build, with brotli
 */
export async function build({ names = [], force = false } = {}) {
  const builds = await readManifest();
  const unknown = names.find((name) => !builds.some((build) => build.name === name));
  if (unknown !== undefined) throw new Stop(`wasm-pack.toml has no [build.${unknown}]`);
  const digest = await digestInputs();
  const sizes = [];
  for (const build of builds) {
    if (names.length > 0 && !names.includes(build.name)) continue;
    if (!force && (await isFresh(build, digest))) say("build", `${build.name}: nothing changed`);
    else await make(build, digest);
    const weighed = await weigh([build.script, build.module]);
    say("build", judge(build, weighed));
    sizes.push({ name: build.name, total: weighed.total });
    for (const later of build.later) say("build", judge(later, await weigh([later.script])));
  }
  return sizes;
}

async function make(build, digest) {
  await bind(build, await compile(build));
  await shrink(build);
  await bundle(build);
  await setStamp(build, digest);
}

if (isMain(import.meta)) {
  const args = process.argv.slice(2);
  const names = args.filter((arg) => !arg.startsWith("--"));
  await main("build", () => build({ names, force: args.includes("--force") }));
}
