// The documents that are tested, and the blocks in them.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../scripts/lib/paths.mjs";
import { blocks } from "./markdown.mjs";

/** Paths from the root of the checkout. */
export async function documents() {
  const docs = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).sort();
  return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...docs.map((name) => `docs/${name}`)];
}

export const textOf = (document) => readFile(join(root, document), "utf8");

/** Every fenced block of every document. */
export async function allBlocks() {
  const found = [];
  for (const document of await documents()) found.push(...blocks(document, await textOf(document)));
  return found;
}

/** Where a block is, for whoever has to mend it. */
export const place = ({ document, line }) => `${document}:${line}`;

/** The one block with `run=name`, for the test that runs it. */
export async function blockToRun(name) {
  const found = (await allBlocks()).filter(({ options }) => options.run === name);
  if (found.length !== 1) throw new Error(`${found.length} blocks say run=${name}; there has to be one.`);
  return found[0].text;
}

/** The files of the quick start, by their paths: the blocks with `file=` of the README. @returns {Promise<Map<string, string>>} */
export async function quickStart() {
  const files = blocks("README.md", await textOf("README.md")).filter(({ options }) => options.file);
  return new Map(files.map(({ options, text }) => [options.file, text]));
}
