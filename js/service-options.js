// The options of the service, checked and with their defaults.
import { number, only, text, wasm as bytes } from "./check.js";
import { invalid } from "./error.js";
import { readGrants } from "./grants.js";
import { readPromptOptions } from "./prompt-options.js";

const NAMES = ["grants", "storage", "name", "durability", "limits", "cleanupMs", "prompt", "wasm", "debug"];
const LIMITS = ["sessions", "dataBytes", "messageBytes", "writesPerSecond"];
const MOST = 2 ** 31 - 1;

export function readServiceOptions(options) {
  only(options, "options", NAMES);
  const { grants, storage = "indexeddb", name = "default", durability = "strict", limits = {}, cleanupMs = 300_000, prompt, wasm, debug = false } = options;
  if (typeof storage !== "object" || storage === null) oneOf(storage, "storage", ["indexeddb", "localstorage", "memory"]);
  oneOf(durability, "durability", ["strict", "relaxed"]);
  oneOf(debug, "debug", [true, false]);
  bytes(wasm, "wasm");
  if (!text(name, "name")) throw invalid("name", "must not be empty.");
  only(limits, "limits", LIMITS);
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  for (const [limit, value] of Object.entries(given)) {
    if (!(Number.isInteger(value) && value > 0 && value <= MOST)) throw invalid(`limits.${limit}`, `must be a whole number from 1 to ${MOST}.`);
  }
  number(cleanupMs, "cleanupMs", 1_000, MOST);
  return { grants: readGrants(grants), storage, name, durability, limits: given, cleanupMs, prompt: readPromptOptions(prompt), wasm, debug };
}

function oneOf(value, path, values) {
  if (!values.includes(value)) throw invalid(path, `must be ${values.map((value) => JSON.stringify(value)).join(" or ")}.`);
}
