import { join } from "node:path";
import { dist, root } from "../../../scripts/lib/paths.mjs";
import { serve } from "../../../scripts/serve.mjs";

/** Any free port, so that runs do not meet. */
const ports = { service: 0, sibling: 0, siteA: 0, siteB: 0 };

/**
 * What the scenarios are played on: a page on four origins and the service that they share.
 *
 * @typedef {{ name: string, path: string, serve: (options: { frameAncestors: boolean }) => ReturnType<typeof serve> }} Stand
 *   `path` of the page on each origin
 */

/** The demo of `www/`, with the package as built in `dist/`. @type {Stand} */
export const demo = { name: "demo", path: "/", serve: (options) => serve({ ports, ...options }) };

/** A page hosted from `folder`. @returns {Stand} */
export function folderStand(name, folder) {
  return { name, path: "/index.html", serve: (options) => serve({ ports, mounts: { "": folder }, ...options }) };
}

/** A page without a manager of its own, with the demo's service. @type {Stand} */
export const bare = {
  name: "bare page",
  path: "/pages/bare.html",
  serve: (options) => serve({
    ports,
    mounts: { "": join(root, "www"), "/package": dist, "/pages": join(root, "tests/e2e/pages") },
    ...options,
  }),
};
