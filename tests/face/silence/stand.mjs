// A site and a service of which each test decides what they answer, and what the page's console and its manager then say.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { after, before } from "node:test";
import { dist } from "../../../scripts/lib/paths.mjs";
import { sendFile, sendJson } from "../../../scripts/serve/files.mjs";
import { serveOrigin } from "../../../scripts/serve/origin.mjs";
import { launch } from "../../e2e/harness/chromium.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url)).slice(0, -1);
const MOUNTS = { "": HERE, "/package": dist };
/** How long a test waits for what a busy machine does late. */
export const PATIENT_MS = 30_000;

/** A file of the build that is kept to try this one against. */
export async function kept(name) {
  return brotliDecompressSync(await readFile(fileURLToPath(new URL(`../../deploys/older/${name}.br`, import.meta.url))));
}

/** Below the ports that systems give out on their own: one of those may belong to another server of this run by the time it is asked. */
const [FIRST_PORT, PORTS] = [20_000, 10_000];

/** A port on which nobody listens, nor will. */
export async function closedPort() {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer().listen(port);
    const free = await Promise.race([once(server, "listening").then(() => true), once(server, "error").then(() => false)]);
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/**
 * One server for the service and one for each test's site. `routes` of a server are asked first: a function of a path that
 * answers itself is in the place of a file.
 */
export function stand() {
  const own = { origins: {} };
  const servers = [];
  let chromium;
  const start = async (name, host, routes = {}) => {
    const server = await serveOrigin({ host, port: 0, answer: (request, response, path) => answer(own, routes, request, response, path) });
    servers.push(server);
    own.origins[name] = server.origin;
    return server;
  };
  before(async () => {
    own.routes = {};
    own.service = await start("service", "localhost", own.routes);
    chromium = await launch("allowed");
    own.browser = chromium.browser;
  });
  after(async () => {
    await chromium?.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  let sites = 0;
  /** A page of a site of its own: `headers` of the page, `routes` of its server. */
  own.open = async ({ headers = {}, routes = {} } = {}) => {
    const name = `site${++sites}`;
    await start(name, "127.0.0.1", {
      "/page.html": (request, response) => {
        for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
        return false;
      },
      ...routes,
    });
    const page = await own.browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message));
    const response = await page.goto(`${own.origins[name]}/page.html`);
    if (!response.ok()) throw new Error(`page.html answered with ${response.status()}`);
    const warnings = () => said.filter((message) => message.type() === "warn").map((message) => message.text()).filter((text) => text.startsWith("session-bridge"));
    return { page, name, origin: own.origins[name], warnings };
  };
  return own;
}

async function answer(own, routes, request, response, path) {
  const route = routes[path];
  if (route && (await route(request, response)) !== false) return undefined;
  if (path === "/origins.json") return sendJson(response, own.origins);
  return sendFile(request, response, path, MOUNTS);
}

/** A route that answers with this. */
export const say = (status, type, body) => (request, response) => void response.writeHead(status, { "content-type": type }).end(body);

/** What a manager in a page with these options comes to: the error of its promise and of its snapshot. */
export async function outcome({ page }, options) {
  return page.evaluate(async (options) => {
    const { SessionManager } = await import("/package/manager.js");
    const told = (error) => error && { name: error.name, code: error.code, retryable: error.retryable, message: error.message, cause: error.cause === undefined ? null : String(error.cause) };
    window.manager = new SessionManager(options);
    const promise = await window.manager.waitForReady().then(() => null, told);
    const { status, reason, lastError } = window.manager.getSnapshot();
    return { promise, status, reason, lastError: told(lastError) };
  }, options);
}
