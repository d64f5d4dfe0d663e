// The compiler's word on blocks of JavaScript and TypeScript, as a project that has the package installed would get it.
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { nodeBin, root } from "../../../scripts/lib/paths.mjs";
import { place } from "./documents.mjs";

/** Inside the checkout, so that the package's name leads to its own entry points. */
const FOLDER = join(root, "target", "docs-snippets");
const CONTEXTS = join(root, "tests", "docs", "contexts");
const CONFIG = {
  compilerOptions: {
    ...{ module: "esnext", moduleResolution: "bundler", target: "es2022", lib: ["es2022", "dom", "dom.iterable"], types: [] },
    ...{ strict: true, noImplicitAny: false, noEmit: true, resolveJsonModule: true, skipLibCheck: true, moduleDetection: "force" },
  },
};

/** What `uses=` names: declarations of what stands in the page around a fragment. */
const context = ({ options }) => (options.uses ? readFile(join(CONTEXTS, `${options.uses}.ts`), "utf8") : "");

/** What the compiler says of each of these blocks; nothing of those that are right. @returns {Promise<Map<string, string>>} by place */
export async function complaints(blocks) {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const names = new Map();
  for (const [at, block] of blocks.entries()) {
    const name = `block-${at}.${block.language.endsWith("x") ? "tsx" : "ts"}`;
    names.set(name, place(block));
    await writeFile(join(FOLDER, name), `${await context(block)}${block.text}`);
  }
  await writeFile(join(FOLDER, "tsconfig.json"), JSON.stringify({ ...CONFIG, files: [...names.keys()] }));
  const said = await promisify(execFile)(join(nodeBin, "tsc"), ["--project", FOLDER, "--pretty", "false"], { cwd: FOLDER }).then(
    () => "",
    (error) => error.stdout || String(error),
  );
  const found = new Map();
  for (const line of said.split("\n").filter(Boolean)) {
    const [name] = /[\w-]+\.tsx?/.exec(line) ?? [""];
    const where = names.get(name) ?? dirname(FOLDER);
    found.set(where, `${found.get(where) ?? ""}${line}\n`);
  }
  return found;
}
