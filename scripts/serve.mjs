// The demo's origins, on loopback names that browsers hold for different sites.
// `node scripts/serve.mjs` serves what is built; `npm start` builds first.
import { join } from "node:path";
import { serviceHeaders } from "../js/headers.js";
import { dist, root } from "./lib/paths.mjs";
import { isMain, main, say } from "./lib/run.mjs";
import { sendFile, sendJson, sendScript } from "./serve/files.mjs";
import { serveOrigin } from "./serve/origin.mjs";

const SERVICE_PAGE = "/service.html";
const FIRST_SCRIPT = "/first.js";

/** Each server: the name in its origin and its usual port. The gaps leave room for ports that are in use. */
const SERVERS = {
  service: { host: "localhost", port: 4300 },
  sibling: { host: "localhost", port: 4310 },
  siteA: { host: "127.0.0.1", port: 4320 },
  siteB: { host: "b.localhost", port: 4330 },
};

/**
 * Serves the folder `www` on every origin, with the built package under `/package/` and the origins of all
 * under `/origins.json`. The owner's page lives on the service's origin. `sibling` is the same site as the service,
 * `siteA` and `siteB` are other sites.
 *
 * @param {object} options
 * @param {Partial<Record<keyof typeof SERVERS, number>>} options.ports first port to try of each; 0: any free one
 * @param {Record<string, string>} options.mounts folder for each URL prefix without its last slash; default: `www` at
 *   the root and `dist` at `/package`
 * @param {boolean} options.frameAncestors whether the service page names the origins that may frame it (default true)
 * @param {(origins: Record<string, string>) => string} options.firstScript makes the text of a script that every document
 *   runs before its own (default: none)
 * @param {boolean} options.isolated whether every page is cross-origin isolated and fit to be in a frame of such a page, and the
 *   service page fit for that (default false)
 * @returns {Promise<{ origins: Record<string, string>, servers: Record<string, import("./serve/origin.mjs").Origin>, close: () => Promise<void> }>}
 */
export async function serve({ ports = {}, mounts = defaultMounts(), frameAncestors = true, firstScript, isolated = false } = {}) {
  const origins = {};
  const servers = {};
  const answer = (request, response, path) => {
    if (path === "/origins.json") return sendJson(response, origins);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (isolated && path !== SERVICE_PAGE) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
      response.setHeader("cross-origin-resource-policy", "cross-origin");
    }
    if (path === SERVICE_PAGE && frameAncestors) {
      const grants = [...new Set(Object.values(origins))].map((origin) => ({ origin, read: "*" }));
      for (const [name, value] of serviceHeaders({ grants, embedderPolicy: isolated })) response.appendHeader(name, value);
    }
    if (!firstScript) return sendFile(request, response, path, mounts);
    if (path === FIRST_SCRIPT) return sendScript(response, firstScript(origins));
    return sendFile(request, response, path, mounts, (html) => html.replace("<head>", `$&<script src="${FIRST_SCRIPT}"></script>`));
  };
  for (const [name, { host, port }] of Object.entries(SERVERS)) {
    servers[name] = await serveOrigin({ host, port: ports[name] ?? port, answer });
    origins[name] = servers[name].origin;
  }
  origins.owner = origins.service;
  const close = () => Promise.all(Object.values(servers).map((server) => server.stop())).then(() => {});
  return { origins, servers, close };
}

function defaultMounts() {
  return { "": join(root, "www"), "/package": dist };
}

if (isMain(import.meta)) {
  await main("serve", async () => {
    const { origins } = await serve();
    say("serve", JSON.stringify(origins, null, 2));
  });
}
