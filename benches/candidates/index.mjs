// What is measured: session-bridge, and what a team would build the same with.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { root } from "../../scripts/lib/paths.mjs";

/**
 * One candidate. The folder of its name has `page.mjs`, which exports `connect`, and, where it has a store, `frame.mjs`, which
 * exports `serve`.
 *
 * @typedef {object} Candidate
 * @property {string} name as on the command line
 * @property {string} title as in a table
 * @property {string} [package] its package on npm
 * @property {string | null} store where the frame keeps what is written; `null`: it has no frame
 * @property {string} [note] what a figure has to be read with
 * @property {boolean} brings whether the store is the candidate's own. All others share the code of one
 */

/** The names that a measure or a comparison asks for. */
export const RAW = "raw";
export const PENPAL = "penpal";
export const OURS = "session-bridge";
export const TANSTACK = "tanstack-query";

const STRICT = "IndexedDB, `strict`";

/** @type {readonly Candidate[]} */
export const CANDIDATES = [
  { name: RAW, title: "raw `MessagePort`", store: STRICT, brings: false },
  { name: PENPAL, title: "Penpal", package: "penpal", store: STRICT, brings: false },
  { name: "comlink", title: "Comlink", package: "comlink", store: STRICT, brings: false },
  { name: "post-me", title: "post-me", package: "post-me", store: STRICT, brings: false },
  { name: "post-robot", title: "post-robot", package: "post-robot", store: STRICT, brings: false },
  { name: "cross-storage", title: "cross-storage", package: "cross-storage", store: "localStorage", brings: true, note: "keeps a store of its own, localStorage, and answers before anything is on the disk" },
  { name: TANSTACK, title: "TanStack Query", package: "@tanstack/query-core", store: null, brings: false },
  { name: OURS, title: "session-bridge", store: STRICT, brings: true },
];

/** The title of each candidate with the version that package.json names, by its name. */
export async function titles() {
  const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return Object.fromEntries(CANDIDATES.map((one) => [one.name, one.package ? `${one.title} ${devDependencies[one.package]}` : one.title]));
}
