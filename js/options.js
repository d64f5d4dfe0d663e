// The options of a manager, checked and with their defaults.
import { number, only, wasm as bytes } from "./check.js";
import { invalid } from "./error.js";

const NAMES = ["serviceUrl", "ttlMs", "requestTimeoutMs", "heartbeatMs", "backoff", "container", "wasm", "debug"];
const LONGEST_MS = 2 ** 31 - 1;

export function readOptions(options) {
  only(options, "options", NAMES);
  const { backoff = {}, container, wasm, debug = false } = options;
  only(backoff, "backoff", ["initialMs", "maxMs", "jitter"]);
  if (container !== undefined && container?.nodeType !== 1) throw invalid("container", "must be an element.");
  if (typeof debug !== "boolean") throw invalid("debug", "must be true or false.");
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

function readUrl(value) {
  try {
    // Where there is no document nothing is ever loaded, and any base will do.
    const url = new URL(value, globalThis.document?.baseURI ?? "http://localhost");
    if (value && (typeof value === "string" || value instanceof URL) && /^https?:$/.test(url.protocol)) return url;
  } catch {
    // Said below.
  }
  throw invalid("serviceUrl", "must be an http or https address.");
}
