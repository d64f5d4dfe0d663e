// The options of the service, checked and with their defaults.
import { json, number, only, text, wasm as bytes, wrong } from "./check.js";
import { readGrants } from "./grants.js";
import { readPromptOptions } from "./prompt-options.js";

const NAMES = ["grants", "storage", "name", "durability", "limits", "defaultTtlMs", "recoveryMs", "maxLifetimeMs", "cleanupMs", "requests", "defaults", "prompt", "wasm", "debug"];
const MOST = 2 ** 31 - 1;
const DAY = 86_400_000;
/** A lifetime, and how long an expired session can be recovered: from a minute, and from nothing, to what fits beside a time. */
const LEAST_TTL = 60_000;
const LONGEST = 2 ** 52;
/** From and to. A page takes messages of 16 MiB and holds 128 MiB: what is let in has to get out again. */
const LIMITS = {
  sessions: [1, MOST],
  dataBytes: [1, 2 ** 23],
  totalBytes: [1, 2 ** 26],
  messageBytes: [1_024, MOST],
  writesPerSecond: [1, MOST],
};

export function readServiceOptions(options) {
  const { grants, storage = "indexeddb", name = "default", durability = "strict", limits = {}, defaultTtlMs = 30 * DAY, recoveryMs = 7 * DAY, maxLifetimeMs = null, cleanupMs = 300_000, requests = "count", defaults = {}, prompt, wasm, debug } = only(options, "options", NAMES);
  if (typeof storage !== "object" || storage === null) oneOf(storage, "storage", ["indexeddb", "localstorage", "memory"], " or a StorageProvider");
  else provider(storage);
  oneOf(durability, "durability", ["strict", "relaxed"]);
  if (debug !== undefined) oneOf(debug, "debug", [true, false]);
  bytes(wasm, "wasm");
  if (!text(name, "name")) throw wrong("name", "a text that is not empty", name);
  only(limits, "limits", Object.keys(LIMITS));
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  for (const [limit, value] of Object.entries(given)) {
    const [least, most] = LIMITS[limit];
    if (!(Number.isInteger(value) && value >= least && value <= most)) throw wrong(`limits.${limit}`, `a whole number from ${least} to ${most}`, value);
  }
  for (const [name, ms] of Object.entries({ defaultTtlMs, maxLifetimeMs })) if (ms !== null) number(ms, name, LEAST_TTL, LONGEST);
  number(recoveryMs, "recoveryMs", 0, LONGEST);
  number(cleanupMs, "cleanupMs", 1_000, MOST);
  oneOf(requests, "requests", ["count", "off"]);
  return { grants: readGrants(grants), storage, name, durability, limits: given, defaultTtlMs, recoveryMs, maxLifetimeMs, cleanupMs, requests, defaults: readDefaults(defaults, given.dataBytes ?? 65_536), prompt: readPromptOptions(prompt), wasm, debug };
}

/** What new sessions begin with, as JSON text. What no session may hold would have every one refused. */
function readDefaults(defaults, dataBytes) {
  const { data = {} } = only(defaults, "defaults", ["data"]);
  const text = json(data, "defaults.data");
  const { length } = new TextEncoder().encode(text);
  if (length > dataBytes) throw wrong("defaults.data", `at most ${dataBytes} bytes as JSON`, length, " limits.dataBytes is how many a session may hold.");
  return text;
}

function oneOf(value, path, values, others = "") {
  if (!values.includes(value)) throw wrong(path, values.map((value) => JSON.stringify(value)).join(" or ") + others, value);
}

const METHODS = ["head", "get", "list", "commit", "since"];

/** Checks a store of the owner's own at the start. Otherwise a wrong one would show only when a page connects, as an unreachable service. */
function provider(storage) {
  for (const name of METHODS) {
    let method;
    try {
      method = storage[name];
    } catch {
      // What it throws is told where it is used.
      return;
    }
    const advice = globalThis.Storage && storage instanceof globalThis.Storage ? ' For localStorage, write "localstorage".' : "";
    if (typeof method !== "function") throw wrong(`storage.${name}`, "a function, as in StorageProvider", method, advice);
  }
}
