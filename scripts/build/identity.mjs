// The id of a build: module and script of different builds are told apart before one calls the other. The names under
// which they know one another are short, so a module of another build may well fit by chance. With it the version of the package,
// which a bug report names.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";

/** Of the digest, as many hexadecimal digits. */
const DIGITS = 8;

/** Of the package. The manifest itself is another one while a tarball is made; a lock file is an input of the builds in any case. */
const readVersion = async () => JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")).version;

/** Writes the id of this build into its module and into its generated script. */
export async function identify(build) {
  const script = join(build.outDir, `${build.name}.js`);
  const [text, bytes] = [await readFile(script, "utf8"), await readFile(build.module)];
  const id = createHash("sha256").update(text).update(bytes).digest("hex").slice(0, DIGITS);
  await writeFile(script, opened(text, id, await readVersion()));
  await writeFile(build.module, marked(bytes, id));
}

/** The module with a custom section (WebAssembly Core, 5.5.3) of this name, empty. */
export function marked(module, name) {
  const text = Buffer.from(name);
  return Buffer.concat([module, Buffer.of(0, text.length + 1, text.length), text]);
}

/** What only the generated start needs, and what stands in for functions that every supported browser has. */
const SPARE = [/^ {4}wasmInstance = instance;\n/m, /^ {4}wasmModule = module;\n/m, /^if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?\n\}\n/m];
const NEEDED = [/^function __wbg_get_imports\(/m, /^function __wbg_finalize_init\(instance, module\)/m];

/**
 * The generated script with its id and the package's version, and with the two steps of its start by themselves: js/loader.js goes between them. What
 * the generated start has besides falls out of the bundle.
 */
export function opened(script, id, version) {
  for (const pattern of [...NEEDED, ...SPARE]) if (!pattern.test(script)) throw new Error(`the generated script does not have ${pattern.source}`);
  const rest = SPARE.reduce((text, pattern) => text.replace(pattern, ""), script);
  return `${rest}\nexport const BUILD = "${id}";\nexport const VERSION = "${version}";\nexport { __wbg_get_imports as imports, __wbg_finalize_init as finish };\n`;
}
