// Links between the documents lead somewhere, in the checkout and in the packed tarball.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/paths.mjs";
import { documents, textOf } from "./lib/documents.mjs";
import { anchors, links } from "./lib/markdown.mjs";

const isOutside = (target) => /^[a-z]+:/.test(target);

/** The links of a document to files of ours: the path from the root, and the anchor in it. */
async function ours(document) {
  return links(await textOf(document)).filter(({ target }) => !isOutside(target)).map(({ line, target }) => {
    const [path, anchor] = target.split("#");
    return { line, target, anchor, path: path ? normalize(join(dirname(document), path)) : document };
  });
}

test("each link leads to a file, and to a heading in it", async () => {
  const broken = [];
  let checked = 0;
  for (const document of await documents()) {
    for (const { line, target, path, anchor } of await ours(document)) {
      checked++;
      const there = await access(join(root, path)).then(() => true, () => false);
      const found = there && (anchor === undefined || (path.endsWith(".md") && anchors(await textOf(path)).has(anchor)));
      if (!found) broken.push(`${document}:${line}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(checked > 30);
});

test("in the packed tarball no link is broken", async () => {
  // Without scripts: which files are packed does not depend on what was built.
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
  const packed = new Set(JSON.parse(stdout.slice(stdout.search(/^\[/m)))[0].files.map(({ path }) => path));
  const documents = [...packed].filter((path) => path.endsWith(".md"));
  const broken = [];
  for (const document of documents) {
    for (const { line, target, path } of await ours(document)) if (!packed.has(path)) broken.push(`${document}:${line}: ${target}`);
  }
  assert.ok(documents.includes("README.md"));
  assert.deepEqual(broken, []);
});

test("outside of code, addresses that lead out are links to https", async () => {
  const wrong = [];
  for (const document of await documents()) {
    for (const { line, target } of links(await textOf(document))) {
      if (isOutside(target) && !target.startsWith("https://")) wrong.push(`${document}:${line}: ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("links and anchors are read as hosts make them", () => {
  const text = "# One `two` (three)\n\n## One\n\n## One\n\n[`a`](b.md#c) ![d](e.png \"f\") `[no](link)`\n\n```text\n# no heading\n[no](link)\n```\n";
  assert.deepEqual([...anchors(text)], ["one-two-three", "one", "one-1"]);
  assert.deepEqual(links(text).map(({ target }) => target), ["b.md#c", "e.png"]);
});
