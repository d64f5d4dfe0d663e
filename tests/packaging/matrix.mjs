// The tools in which the package has to arrive, as their users run them.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, serveBy, serveFolder } from "./serving.mjs";

/**
 * @typedef {object} Tool
 * @property {string} title
 * @property {string} folder of `tools/`
 * @property {"newest" | "oldest"} set "newest" runs with `npm test`, "oldest" with `npm run verify`
 * @property {boolean} [inline] the recipe is the entries that carry their module
 * @property {string | null} [sources] the folder of the common page and service page (default "project"), or null
 * @property {string} [page] path of the page, where it is not /index.html
 * @property {Record<string, (project: string) => Promise<import("./serving.mjs").Served>>} serve each way to get pages that a browser can open
 */

/** A build that makes a folder to host. `html` is what the documents load scripts by, if the tool leaves documents alone. */
const builds = (name, args, html) => async (project) => {
  await command(project, name, args);
  const folder = join(project, "dist");
  if (html) await documents(project, folder, html);
  return serveFolder(folder);
};

const serves = (name, args, path) => (project) => serveBy(project, name, args, path);

/** Copies the documents beside the scripts that were built for them. */
async function documents(project, folder, html) {
  for (const name of ["index.html", "service.html"]) {
    await cp(join(project, name), join(folder, name));
    await writeFile(join(folder, name), (await readFile(join(project, name), "utf8")).replace('type="module"', html));
  }
}

const MODULE = 'type="module"';
const CLASSIC = "defer";

const vite = (version, set) => ({
  title: `Vite ${version}`,
  folder: `vite-${version}`,
  set,
  serve: {
    build: builds("vite", ["build"]),
    dev: serves("vite", (port) => ["--port", String(port), "--strictPort"]),
  },
});

const next = (args) => async (project) => {
  await command(project, "next", ["build", ...args]);
  return serveBy(project, "next", (port) => ["start", "--port", String(port)], "/");
};

/** @type {Tool[]} */
const TOOLS = [
  vite(8, "newest"),
  vite(7, "newest"),
  vite(6, "oldest"),
  vite(5, "oldest"),
  { title: "webpack 5", folder: "webpack-5", set: "newest", serve: { build: builds("webpack", ["--mode", "production"], CLASSIC) } },
  { title: "Rollup 4", folder: "rollup-4", set: "newest", inline: true, serve: { build: builds("rollup", ["--config"], MODULE) } },
  {
    title: "esbuild",
    folder: "esbuild",
    set: "newest",
    inline: true,
    serve: Object.fromEntries([["esm", MODULE], ["iife", CLASSIC]].map(([format, html]) => [format, builds("esbuild", ["page.js", "service.js", "--bundle", "--minify", `--format=${format}`, "--outdir=dist"], html)])),
  },
  {
    title: "Parcel 2",
    folder: "parcel-2",
    set: "newest",
    serve: {
      build: builds("parcel", ["build", "index.html", "service.html"]),
      dev: serves("parcel", (port) => ["serve", "index.html", "service.html", "--port", String(port)]),
    },
  },
  {
    title: "Next 16",
    folder: "next-16",
    set: "newest",
    sources: null,
    page: "/",
    serve: {
      "Turbopack build": next([]),
      "webpack build": next(["--webpack"]),
      "Turbopack dev": serves("next", (port) => ["dev", "--port", String(port)], "/"),
    },
  },
];

/** Which of them this run is about: the variable PACKAGING_TOOLS says "newest" (the default) or "oldest". */
export function chosenSet(env = process.env) {
  const { PACKAGING_TOOLS = "newest" } = env;
  if (!["newest", "oldest"].includes(PACKAGING_TOOLS)) throw new Error(`PACKAGING_TOOLS is "${PACKAGING_TOOLS}"; it can be "newest" or "oldest".`);
  return PACKAGING_TOOLS;
}

/** @template {{ set: string }} T @param {T[]} [tools] */
export const chosen = (tools = TOOLS) => tools.filter(({ set }) => set === chosenSet());
