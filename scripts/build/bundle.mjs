// From the package's JavaScript and the built modules to the files that are downloaded.
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { allBuilt } from "../lib/built.mjs";
import { dist, root } from "../lib/paths.mjs";
import { terse } from "./terse.mjs";

const COMMON = { bundle: true, minify: true, target: "es2022", legalComments: "none", logLevel: "error", write: false, absWorkingDir: root, outdir: dist };
/** The map is a file of its own. */
const MODULE = { format: "esm", sourcemap: "external" };

/** Has some names mean what they meant when the script was loaded, whatever the page makes of them later. */
export const PLATFORM = join(root, "js/platform.js");

/**
 * Where a script names its module. Bundlers know the form, and carry the file along.
 * https://webpack.js.org/guides/asset-modules/#url-assets
 */
const NAMED = /new URL\((["'])([\w-]+_bg\.wasm)\1, import\.meta\.url\)/g;

/** Of a digest, as many digits are in a file's name. */
const HASH_DIGITS = 8;

/**
 * Bundles a build's entry with the generated JavaScript into one file. Its module and what it imports later are files of
 * their own beside it, with a hash of their content in the name: whatever a cache or a half-finished upload mixes, a script
 * fetches the files that it was built with, or finds none.
 *
 * @param {import("./manifest.mjs").Build} build
 */
export async function bundle(build) {
  const later = new Map();
  for (const { name, entry } of build.later) later.set(entry, await hashed(`${name}.js`, await script({ ...MODULE, entryPoints: [entry] })));
  const module = await hashed(basename(build.module), { content: await readFile(build.module) });
  const name = (file) => ({ expression: `new URL("${basename(module)}", import.meta.url)`, known: file === basename(build.module) });
  await write(`${build.name}.js`, await script({ ...MODULE, inject: [PLATFORM], entryPoints: [build.entry], plugins: [apart(later), modules(name)] }));
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
  const form = common ? { format: "cjs", platform: "node", inject: [join(root, "js/inline/absent.js"), PLATFORM] } : { format: "esm", inject: [PLATFORM] };
  await write(basename(file), await script({ ...form, entryPoints: [entry], plugins: [apart(later), modules(carry)] }));
}

/** The arguments of `unpack` for a module. */
async function packed(module) {
  const bytes = await readFile(module);
  return `"${gzipSync(bytes, { level: 9 }).toString("base64")}", ${bytes.length}`;
}

/** Writes a file with a hash of its content in the name, and removes what an earlier build left under another. Resolves with its path. */
async function hashed(name, made) {
  for (const old of allBuilt(name)) await Promise.all([old, `${old}.map`].map((file) => rm(file, { force: true })));
  const hash = createHash("sha256").update(made.content).digest("hex").slice(0, HASH_DIGITS).toUpperCase();
  return write(name.replace(/\.\w+$/, `-${hash}$&`), made);
}

/** Writes a file and, if it has one, the map to its sources. Resolves with its path. */
async function write(name, { content, map }) {
  const path = join(dist, name);
  await writeFile(path, map === undefined ? content : `${content}//# sourceMappingURL=${name}.map\n`);
  if (map !== undefined) await writeFile(`${path}.map`, map);
  return path;
}

/** One script of all that its entry imports. @returns {Promise<{ content: string, map?: string }>} */
async function script(options) {
  const { outputFiles } = await esbuild.build({ ...COMMON, ...options });
  const text = (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text;
  const made = { content: text(".js"), map: text(".map") };
  // Node reads the names that CommonJS exports off a line that is never run. No page downloads these scripts.
  return options.format === "esm" ? terse(made) : made;
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
