// Answers requests from folders on disk.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Sends the file that a path names.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} path decoded path of the URL, beginning with "/"
 * @param {Record<string, string>} mounts folder on disk for each URL prefix, both without a slash at the end
 * @param {(html: string) => string} alter what to make of a document before it is sent (default: nothing)
 */
export async function sendFile(request, response, path, mounts, alter) {
  if (request.method !== "GET" && request.method !== "HEAD") return sendText(response, 405, "Only GET and HEAD.");
  const file = locate(path, mounts);
  const found = file && (await stat(file).catch(() => null));
  if (!found?.isFile()) return sendText(response, 404, `There is no ${path} here.`);
  if (alter && extname(file) === ".html") {
    const text = alter(await readFile(file, "utf8"));
    return response.writeHead(200, { "content-type": TYPES[".html"] }).end(request.method === "HEAD" ? undefined : text);
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": found.size,
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(file).on("error", () => response.destroy()).pipe(response);
}

export function sendText(response, status, text) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

export function sendJson(response, value) {
  response.writeHead(200, { "content-type": TYPES[".json"] }).end(JSON.stringify(value));
}

export function sendScript(response, text) {
  response.writeHead(200, { "content-type": TYPES[".js"] }).end(text);
}

/** The longest matching prefix wins; a path that would leave its folder names nothing. */
function locate(path, mounts) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const prefix = prefixes.find((each) => path.startsWith(`${each}/`));
  if (prefix === undefined || path.includes("\0")) return null;
  const folder = mounts[prefix];
  const rest = path.slice(prefix.length);
  const file = normalize(join(folder, rest.endsWith("/") ? `${rest}index.html` : rest));
  return file.startsWith(folder + sep) ? file : null;
}
