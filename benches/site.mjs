// The documents of every candidate: its page and its frame, each with one script that has all in it.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

import { root } from "../scripts/lib/paths.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Writes `NAME/page.html` and `NAME/frame.html` of each candidate into a folder.
 *
 * @param {string} folder
 * @param {object} options
 * @param {readonly import("./candidates/index.mjs").Candidate[]} options.candidates
 * @param {string[]} options.sites origins of the pages
 */
export async function writeSite(folder, { candidates, sites }) {
  const pageHead = await readFile(join(here, "pages", "isolate-frames.js"), "utf8");
  const frameHead = await readFile(join(here, "pages", "watch-transactions.js"), "utf8");
  for (const candidate of candidates) {
    const its = join(folder, candidate.name);
    await mkdir(its);
    await writeDocument(its, "page", { head: pageHead, entry: pageEntry(candidate), sites });
    if (candidate.store) await writeDocument(its, "frame", { head: frameHead, entry: frameEntry(candidate), sites });
  }
}

const pageEntry = ({ name }) => `
import { connect } from "./candidates/${name}/page.mjs";
import { offer } from "./pages/offer.mjs";
offer(connect);
`;

const frameEntry = ({ name, brings }) =>
  brings
    ? `
import { serve } from "./candidates/${name}/frame.mjs";
serve();
`
    : `
import { serve } from "./candidates/${name}/frame.mjs";
import { openStore } from "./pages/raw-store.mjs";
serve(openStore("bench-${name}"));
`;

async function writeDocument(folder, name, { head, entry, sites }) {
  await writeFile(join(folder, `${name}.js`), await bundled(entry, sites));
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Measurements</title>
<script>${head}</script>
<script type="module" src="${name}.js"></script>
<body></body>
</html>
`;
  await writeFile(join(folder, `${name}.html`), html);
}

/** One script, as small as an application would make it. The built package stays apart, as it ships. */
async function bundled(entry, sites) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: entry, resolveDir: here },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external: ["/package/*"],
    define: { SITES: JSON.stringify(sites), "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "error",
    absWorkingDir: root,
    write: false,
  });
  return outputFiles[0].text;
}
