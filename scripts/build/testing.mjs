// "session-bridge/testing": both sides of the library once more, with what ships in them, but for a world of their own.
import { join, relative } from "node:path";
import vm from "node:vm";
import * as esbuild from "esbuild";
import { dist, root } from "../lib/paths.mjs";
import { PLATFORM } from "./bundle.mjs";

/** What it makes in `dist/`. */
export const TESTING = ["testing.js", "testing.cjs"];

const FOLDER = join(root, "js", "testing");
/** In the pages and the service of a bridge, these take the place of the files that the entries import. */
const IN_PLACE = {
  "js/load-manager.js": "load-manager.js",
  "js/load-service.js": "load-service.js",
  "js/error.js": "shared-errors.js",
};
const COMMON = { bundle: true, target: "es2022", legalComments: "none", logLevel: "error", platform: "neutral" };
const WORD = /(?<![\w$])[A-Za-z_$][\w$]*/g;
const FREE = "free_name_";

/** Writes `dist/testing.js` and `dist/testing.cjs`. Both modules and their generated scripts are built already. */
export async function bundleTesting() {
  const realms = { name: "realms", setup: (build) => provideRealms(build) };
  for (const file of TESTING) {
    await esbuild.build({
      ...COMMON,
      entryPoints: [join(FOLDER, "index.js")],
      outfile: join(dist, file),
      format: file.endsWith(".cjs") ? "cjs" : "esm",
      loader: { ".wasm": "binary" },
      plugins: [realms],
    });
  }
}

function provideRealms({ onResolve, onLoad }) {
  onResolve({ filter: /^realms$/ }, () => ({ path: "realms", namespace: "realms" }));
  onLoad({ filter: /.*/, namespace: "realms" }, async () => {
    const page = await realm("openPage", "js/index.js");
    const service = await realm("openService", "js/service.js");
    return { contents: page + service, loader: "js" };
  });
}

/**
 * The text of a function that runs the script of `entry` anew each time, in the world that it is given: of what the script
 * would find around it in a browser, it sees what is in that world and nothing else.
 */
async function realm(name, entry) {
  const { script } = await realmScript(entry);
  const world = (await freeNames(script)).filter((free) => !LANGUAGE.has(free));
  return `export function ${name}(world) {\nconst { ${world.join(", ")} } = world;\n${script}\nreturn exported;\n}\n`;
}

/**
 * All of `entry` as a script that puts its exports into the variable `exported`, and the `sources` that are in it, as paths.
 *
 * @returns {Promise<{ script: string, sources: string[] }>}
 */
export async function realmScript(entry) {
  const swap = {
    name: "swap",
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const its = IN_PLACE[relative(root, join(resolveDir, path))];
        return its && { path: join(FOLDER, its) };
      });
    },
  };
  const { outputFiles, metafile } = await esbuild.build({
    ...COMMON,
    entryPoints: [join(root, entry)],
    format: "iife",
    globalName: "exported",
    inject: [PLATFORM],
    metafile: true,
    absWorkingDir: root,
    write: false,
    plugins: [swap],
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  return { script: outputFiles[0].text, sources: Object.keys(inputs).filter((path) => inputs[path].bytesInOutput) };
}

/** What the language brings by itself, but for the time, and for the global object, through which all else can be reached. */
export const LANGUAGE = new Set(vm.runInNewContext("Object.getOwnPropertyNames(globalThis)"));
for (const name of ["console", "Date", "globalThis"]) LANGUAGE.delete(name);

/** The names that `script` uses and does not declare. */
export async function freeNames(script) {
  const words = [...new Set(script.match(WORD))].filter((word) => !KEYWORDS.has(word));
  // esbuild replaces a name only where it is free; what is not a name there, it leaves alone.
  const define = Object.fromEntries(words.map((word) => [word, FREE + word]));
  const { code } = await esbuild.transform(script, { define, target: "es2022", logLevel: "silent" });
  const found = Array.from(code.matchAll(new RegExp(`(?<![\\w$.])${FREE}([\\w$]+)`, "g")), ([, word]) => word);
  return [...new Set(found)].sort();
}

const KEYWORDS = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield".split(" "),
);
