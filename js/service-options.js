// The options of the service, checked and with their defaults.
import { only, text, wasm as bytes } from "./check.js";
import { invalid } from "./error.js";

const NAMES = ["grants", "storage", "name", "durability", "limits", "wasm", "debug"];
const LIMITS = ["sessions", "dataBytes", "messageBytes", "writesPerSecond"];
const MOST = 2 ** 31 - 1;

export function readServiceOptions(options) {
  only(options, "options", NAMES);
  const { grants, storage = "indexeddb", name = "default", durability = "strict", limits = {}, wasm, debug = false } = options;
  if (!Array.isArray(grants) || !grants.length) throw invalid("grants", 'must list at least one origin, as in [{ origin: "https://shop.example", read: "*", write: true }].');
  oneOf(storage, "storage", ["indexeddb", "memory"]);
  oneOf(durability, "durability", ["strict", "relaxed"]);
  oneOf(debug, "debug", [true, false]);
  bytes(wasm, "wasm");
  if (!text(name, "name")) throw invalid("name", "must not be empty.");
  only(limits, "limits", LIMITS);
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  for (const [limit, value] of Object.entries(given)) {
    if (!(Number.isInteger(value) && value > 0 && value <= MOST)) throw invalid(`limits.${limit}`, `must be a whole number from 1 to ${MOST}.`);
  }
  const origins = new Set();
  return { grants: Array.from(grants, (grant, at) => readGrant(grant, `grants[${at}]`, origins)), storage, name, durability, limits: given, wasm, debug };
}

function readGrant(grant, path, origins) {
  only(grant, path, ["origin", "read", "write"]);
  const { origin, read, write = false } = grant;
  if (!isOrigin(origin)) {
    throw invalid(`${path}.origin`, `must be one exact origin: scheme, host, and a port that is not the scheme's own, as in "https://shop.example" or "http://localhost:8080".`);
  }
  if (origins.has(origin)) throw invalid(`${path}.origin`, "has a grant already.");
  origins.add(origin);
  oneOf(read, `${path}.read`, ["*"]);
  oneOf(write, `${path}.write`, [true, false]);
  return { origin, write };
}

/** Whether it is a serialized http(s) origin, letter for letter as browsers write it. An asterisk is a letter to them. */
function isOrigin(value) {
  try {
    return typeof value === "string" && /^https?:[^*]+$/.test(value) && new URL(value).origin === value;
  } catch {
    return false;
  }
}

function oneOf(value, path, values) {
  if (!values.includes(value)) throw invalid(path, `must be ${values.map((value) => JSON.stringify(value)).join(" or ")}.`);
}
