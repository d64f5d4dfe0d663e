// Whether values from the application are what the types say.
import { invalid } from "./error.js";

const MAX_ID_BYTES = 256;
const MAX_DEPTH = 64;
// With the flag u, halves of a pair are matched only where they stand alone.
const LONE_SURROGATE = /\p{Surrogate}/u;
const CONTROL = /[\0-\x1f\x7f]/;

/** Refuses members that are not listed, naming the first. */
export function only(object, path, names) {
  if (typeof object !== "object" || object === null || Array.isArray(object)) throw invalid(path, "must be an object.");
  const prefix = path === "options" ? "" : `${path}.`;
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined && !names.includes(name)) throw invalid(prefix + name, "is not known to this version.");
  }
}

/** An id, or a user's: 1 to 256 bytes of text without control characters. */
export function id(value, path) {
  text(value, path);
  if (!value || CONTROL.test(value) || new TextEncoder().encode(value).length > MAX_ID_BYTES) {
    throw invalid(path, `must have 1 to ${MAX_ID_BYTES} bytes and no control characters.`);
  }
  return value;
}

/** A number from `min` to `max`. */
export function number(value, path, min, max) {
  if (typeof value !== "number" || !(value >= min && value <= max)) throw invalid(path, `must be a number from ${min} to ${max}.`);
  return value;
}

/** A version that a write insists on, if any. */
export function version(value, path) {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) throw invalid(path, "must be a version number.");
  return value;
}

/** What can abort a write, if anything. Another window's is one too. */
export function signal(value, path) {
  if (value !== undefined && !(typeof value?.aborted === "boolean" && typeof value.addEventListener === "function")) throw invalid(path, "must be an AbortSignal.");
  return value;
}

/** Where the module's bytes are, or the bytes, if the application says so. */
export function wasm(value, path) {
  const kinds = [URL, ArrayBuffer, WebAssembly.Module];
  const fits = value === undefined || (value && typeof value === "string") || ArrayBuffer.isView(value) || kinds.some((kind) => value instanceof kind);
  if (!fits) throw invalid(path, "must be an address, bytes or a WebAssembly.Module.");
  return value;
}

/** Text without halves of surrogate pairs. */
export function text(value, path) {
  if (typeof value !== "string" || LONE_SURROGATE.test(value)) throw invalid(path, "must be well-formed text.");
  return value;
}

/** The JSON text of a plain object. What JSON would change or drop on the way is refused, naming where it stands. */
export function json(value, path) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, "must be a plain object.");
  return write(value, path, 0);
}

function write(value, path, depth) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(text(value, path));
  if (typeof value === "number" && Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object") throw invalid(path, `must be JSON; ${typeof value === "number" ? value : `type ${typeof value}`} is not.`);
  if (depth > MAX_DEPTH) throw invalid(path, "is nested too deeply, or in itself.");
  if (Array.isArray(value)) {
    if (Object.keys(value).length > value.length) throw invalid(path, "must be a plain list; this one has members of other names.");
    // Not `map`: it would step over holes.
    return `[${Array.from(value, (item, at) => write(item, `${path}[${at}]`, depth + 1))}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if ((prototype && Object.getPrototypeOf(prototype)) || Object.getOwnPropertySymbols(value).length) {
    throw invalid(path, `must be a plain object; ${value.constructor?.name ?? "this"} is not.`);
  }
  const member = (key) => `${JSON.stringify(text(key, `${path}: a key`))}:${write(value[key], `${path}.${key}`, depth + 1)}`;
  return `{${Object.keys(value).map(member)}}`;
}

/** Frozen to the ground. */
export const parse = (json) => JSON.parse(json, (_, value) => Object.freeze(value));
