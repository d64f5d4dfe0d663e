// One origin: a web server on one port of the loopback addresses.
import { createServer } from "node:http";
import { say } from "../lib/run.mjs";
import { sendText } from "./files.mjs";

// Browsers turn "localhost" into either address; a machine without IPv6 has only the first.
const ADDRESSES = ["127.0.0.1", "::1"];
const PORTS_TRIED = 50;

/**
 * Serves one origin of plain http.
 *
 * @param {object} options
 * @param {string} options.host name in the origin: "localhost", "127.0.0.1", "b.localhost"
 * @param {number} options.port the first port to try; if it is in use, the next free one is used. 0: any free one
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse, path: string) => unknown} options.answer
 *   `path` is the decoded path of the URL, beginning with "/"
 * @returns {Promise<Origin>}
 * @typedef {{ origin: string, stop: () => Promise<void>, start: () => Promise<void> }} Origin
 *   `stop` cuts every connection and frees the port; `start` serves on the same port again
 */
export async function serveOrigin({ host, port, answer }) {
  const handle = handler(answer);
  let servers = await listenOnFreePort(port, handle);
  const bound = servers[0].address().port;
  return {
    origin: `http://${host}:${bound}`,
    async stop() {
      await Promise.all(servers.map(close));
      servers = [];
    },
    async start() {
      if (servers.length === 0) servers = await listen(bound, handle);
    },
  };
}

function handler(answer) {
  return async (request, response) => {
    response.setHeader("cache-control", "no-cache");
    try {
      const { pathname } = new URL(request.url, "http://localhost");
      await answer(request, response, decodeURIComponent(pathname));
    } catch (error) {
      const status = error instanceof URIError || error.code === "ERR_INVALID_URL" ? 400 : 500;
      if (response.headersSent) response.destroy();
      else sendText(response, status, error.message);
    }
  };
}

async function listenOnFreePort(first, handle) {
  for (let attempt = 0; ; attempt++) {
    const port = first === 0 ? 0 : first + attempt;
    try {
      return await listen(port, handle);
    } catch (error) {
      if (!["EADDRINUSE", "EACCES"].includes(error.code) || attempt === PORTS_TRIED) throw error;
      if (port !== 0) say("serve", `port ${port} is busy, trying ${port + 1}`);
    }
  }
}

/** Listens on every loopback address at one port, or on none. */
async function listen(port, handle) {
  const servers = [];
  try {
    for (const address of ADDRESSES) {
      const server = createServer(handle);
      const wanted = servers[0]?.address().port ?? port;
      if (await bind(server, wanted, address)) servers.push(server);
    }
  } catch (error) {
    await Promise.all(servers.map(close));
    throw error;
  }
  return servers;
}

/** Resolves with false where the machine has no such address. */
function bind(server, port, address) {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (address !== ADDRESSES[0] && ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(error.code)) resolve(false);
      else reject(error);
    });
    server.listen(port, address, () => resolve(true));
  });
}

function close(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
