// From the package's JavaScript and the built modules to the files that are downloaded.
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { allBuilt } from "../lib/built.mjs";
import { dist, root } from "../lib/paths.mjs";

const COMMON = { bundle: true, minify: true, target: "es2022", legalComments: "none", logLevel: "error", metafile: true, absWorkingDir: root, outdir: dist };
const MODULE = { format: "esm", sourcemap: true };

/** Has some names mean what they meant when the script was loaded, whatever the page makes of them later. */
export const PLATFORM = join(root, "js/platform.js");

/**
 * Where a script names its module. Bundlers know the form, and carry the file along.
 * https://webpack.js.org/guides/asset-modules/#url-assets
 */
const NAMED = /new URL\((["'])([\w-]+_bg\.wasm)\1, import\.meta\.url\)/g;

/**
 * Bundles a build's entry with the generated JavaScript into one file. Its module and what it imports later are files of
 * their own beside it, with a hash of their content in the name: whatever a cache or a half-finished upload mixes, a script
 * fetches the files that it was built with, or finds none.
 *
 * @param {import("./manifest.mjs").Build} build
 */
export async function bundle(build) {
  const later = new Map();
  for (const { name, entry } of build.later) later.set(entry, await hashed(name, { ...MODULE, entryPoints: [entry] }));
  const module = await hashed(basename(build.module), { entryPoints: [build.module], loader: { ".wasm": "copy" } });
  const name = (file) => ({ expression: `new URL("${basename(module)}", import.meta.url)`, known: file === basename(build.module) });
  await write({ ...MODULE, inject: [PLATFORM], entryPoints: [{ in: build.entry, out: build.name }], plugins: [apart(later), modules(name)] });
}

/**
 * Bundles a script that carries its modules inside.
 *
 * @param {import("./manifest.mjs").Script} script
 * @param {import("./manifest.mjs").Build[]} builds all of them, made
 */
export async function bundleWhole({ file, entry }, builds) {
  const common = file.endsWith(".cjs");
  const later = new Map();
  // CommonJS has no import of its own: there everything is in the one file.
  if (!common) for (const { name, entry } of builds.flatMap((build) => build.later)) later.set(entry, allBuilt(`${name}.js`)[0]);
  const texts = new Map();
  for (const { module } of builds) texts.set(basename(module), await packed(module));
  const carry = (name) => ({ expression: `() => unpack(${texts.get(name)})`, known: texts.has(name), head: `import { unpack } from ${JSON.stringify(join(root, "js/inline/unpack.js"))};\n` });
  // Of two that export the same name, esbuild takes the first.
  const form = common ? { format: "cjs", platform: "node", inject: [join(root, "js/inline/absent.js"), PLATFORM], outExtension: { ".js": ".cjs" } } : { format: "esm", inject: [PLATFORM] };
  await write({ ...form, entryPoints: [{ in: entry, out: basename(file).replace(/\.\w+$/, "") }], plugins: [apart(later), modules(carry)] });
}

/** The arguments of `unpack` for a module. */
async function packed(module) {
  const bytes = await readFile(module);
  return `"${gzipSync(bytes, { level: 9 }).toString("base64")}", ${bytes.length}`;
}

/** Makes a file with a hash in its name, and removes what an earlier build left under another. Resolves with its path. */
async function hashed(name, options) {
  for (const old of allBuilt(name.includes(".") ? name : `${name}.js`)) await Promise.all([old, `${old}.map`].map((file) => rm(file, { force: true })));
  return write({ ...options, entryNames: "[name]-[hash]" });
}

async function write(options) {
  const { outputs } = (await esbuild.build({ ...COMMON, ...options })).metafile;
  return join(root, Object.keys(outputs).find((path) => !path.endsWith(".map")));
}

/** Leaves imports of these sources to the browser, under the names of the files that were made of them. */
function apart(files) {
  return {
    name: "apart",
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = files.get(join(resolveDir, path));
        return file && { path: `./${basename(file)}`, external: true };
      });
    },
  };
}

/**
 * Puts something else where a source names a module's file.
 *
 * @param {(name: string) => { expression: string, known: boolean, head?: string }} replace
 */
function modules(replace) {
  return {
    name: "modules",
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        // What names it in the generated JavaScript falls out of the bundle: js/loader.js starts the module.
        if (path.startsWith(dist)) return undefined;
        const text = await readFile(path, "utf8");
        let head = "";
        const contents = text.replaceAll(NAMED, (_, quote, name) => {
          const its = replace(name);
          if (!its.known) throw new Error(`${path} names ${name}, which no build makes`);
          head = its.head ?? "";
          return its.expression;
        });
        return { contents: head + contents, loader: "js" };
      });
    },
  };
}
