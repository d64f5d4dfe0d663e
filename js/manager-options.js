// The options of a manager, checked and with their defaults.
import { number, only, wasm as bytes, wrong } from "./check.js";
import { ofDocument } from "./of-document.js";

const NAMES = ["serviceUrl", "ttlMs", "requestTimeoutMs", "heartbeatMs", "backoff", "container", "wasm", "debug"];
const LONGEST_MS = 2 ** 31 - 1;

export function readOptions(given) {
  const options = only(given, "options", NAMES);
  const { container, wasm, debug } = options;
  const backoff = only(options.backoff === undefined ? {} : options.backoff, "backoff", ["initialMs", "maxMs", "jitter"]);
  if (container !== undefined && !isElement(container)) throw wrong("container", "an element", container);
  if (debug !== undefined && typeof debug !== "boolean") throw wrong("debug", "true or false", debug);
  bytes(wasm, "wasm");
  const ms = (name, fallback, min = 1, of = options) => number(of[name] === undefined ? fallback : of[name], of === options ? name : `backoff.${name}`, min, LONGEST_MS);
  const initial = ms("initialMs", 250, 1, backoff);
  return {
    serviceUrl: readUrl(options.serviceUrl),
    ttlMs: ms("ttlMs", 30_000, 0),
    requestTimeoutMs: ms("requestTimeoutMs", 5_000),
    heartbeatMs: ms("heartbeatMs", 10_000),
    "backoff.initialMs": initial,
    "backoff.maxMs": ms("maxMs", Math.max(initial, 30_000), initial, backoff),
    "backoff.jitter": number(backoff.jitter === undefined ? 0.5 : backoff.jitter, "backoff.jitter", 0, 1),
    container,
    wasm,
    debug,
  };
}

/** A field of a form may be called `nodeType`. */
function isElement(value) {
  try {
    return (globalThis.Node ? Reflect.get(Node.prototype, "nodeType", value) : value.nodeType) === 1;
  } catch {
    return false;
  }
}

function readUrl(value) {
  try {
    // Where there is no document nothing is ever loaded, and any base will do.
    const url = new URL(value, ofDocument("baseURI") ?? "http://localhost");
    if (value && (typeof value === "string" || value instanceof URL) && /^https?:$/.test(url.protocol)) return url;
  } catch {
    // Said below.
  }
  throw wrong("serviceUrl", "an http or https address", value);
}
