// Two builds on one set of origins: the service's server sends the one or the other, as before and after a deployment.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { dist } from "../../scripts/lib/paths.mjs";
import { sendFile, sendJson } from "../../scripts/serve/files.mjs";
import { serveOrigin } from "../../scripts/serve/origin.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { until } from "../e2e/harness/until.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url)).slice(0, -1);
/** A page that speaks protocol 2, and a service of schema 2 whose store in IndexedDB was not a log yet. */
const KEPT = fileURLToPath(new URL("older/", import.meta.url));
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
/** How long a test waits for what a busy machine does late: several pauses between attempts of a manager. */
const PATIENT_MS = 60_000;

/**
 * A site on each of two origins, the service on a third. `stand.serves` is the build that the service's server sends from now
 * on: "new", the one in `dist/`, or "old", the kept one; `stand.onService` runs before the service page is sent. `/old/…` and `/new/…` are both builds on every origin, for pages.
 */
export async function deployment() {
  const stand = { serves: "old", origins: {}, asked: [] };
  const answer = async (request, response, path) => {
    if (path === "/origins.json") return sendJson(response, stand.origins);
    // A page that wonders whether there is a server at all asks for no more than the head.
    if (path === "/service.html" && request.method === "GET") {
      stand.asked.push(stand.serves);
      await stand.onService?.();
    }
    return send(request, response, path.replace(/^\/package\//, `/${stand.serves}/`));
  };
  const servers = [];
  for (const [name, host] of Object.entries({ service: "localhost", siteA: "127.0.0.1", siteB: "b.localhost" })) {
    servers.push(await serveOrigin({ host, port: 0, answer }));
    stand.origins[name] = servers.at(-1).origin;
  }
  const { browser, close } = await launch("allowed");
  /** A page of `site` with the manager of `build`, which is connecting. */
  stand.open = async (site, build, options = {}) => {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message));
    await page.goto(`${stand.origins[site]}/page.html`);
    await page.evaluate(async (build, options) => {
      const { SessionManager } = await import(`/${build}/manager.js`);
      window.events = [];
      window.manager = new SessionManager({ heartbeatMs: 1_000, backoff: { initialMs: 100, maxMs: 1_000 }, ...options });
      window.manager.addEventListener("error_occurred", ({ detail }) => window.events.push(detail.error.code));
    }, build, { serviceUrl: `${stand.origins.service}/service.html`, ...options });
    const warnings = () => said.map((message) => message.text()).filter((text) => text.startsWith("session-bridge:"));
    return { page, warnings };
  };
  stand.close = async () => {
    await close();
    await Promise.all(servers.map((server) => server.stop()));
  };
  /** A page of the service's own origin, which sees its storage. */
  stand.owner = async () => {
    const page = await browser.newPage();
    await page.goto(`${stand.origins.service}/page.html`);
    return page;
  };
  return stand;
}

/** A file of either build: the kept one is packed. */
async function send(request, response, path) {
  const [, build, name] = /^\/(old|new)\/([\w.-]+)$/.exec(path) ?? [];
  if (build !== "old") return sendFile(request, response, path, { "": HERE, "/new": dist });
  const packed = await readFile(`${KEPT}${name}.br`).catch(() => null);
  if (packed === null) return response.writeHead(404).end();
  return response.writeHead(200, { "content-type": TYPES[name.split(".").at(-1)] }).end(brotliDecompressSync(packed));
}

export const status = ({ page }) => page.evaluate(() => window.manager.getSnapshot().status);
export const ids = ({ page }) => page.evaluate(() => window.manager.getSnapshot().sessions.map(({ id }) => id).sort().join());
export const add = ({ page }, id) => page.evaluate((id) => window.manager.addSession({ id, userId: "user", data: { from: id } }).then(() => "confirmed", ({ code }) => code), id);

export const live = (tab) => until(async () => (await status(tab)) === "live", "a live page", { ms: PATIENT_MS, describe: () => tab.page.evaluate(() => JSON.stringify([window.manager.getSnapshot(), window.events, window.manager.getSnapshot().lastError?.message])) });
export const shows = (tab, expected) => until(async () => (await ids(tab)) === expected, `a page that shows ${expected}`, { ms: PATIENT_MS, describe: () => ids(tab) });
