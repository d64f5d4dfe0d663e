// Whether values from the application are what the types say. Pages replace functions of the language, by ones that do something
// else or do it wrong: what decides about data is written in syntax, or kept from when this file was loaded.
import { invalid } from "./error.js";
import { quote } from "./quote.js";

const { getOwnPropertySymbols, getPrototypeOf, hasOwn, keys, prototype: OBJECT } = Object;
const { isArray } = Array;

const MAX_ID_BYTES = 256;
const MAX_DEPTH = 64;
/** Longer texts are not repeated in a message. */
const MAX_FOUND = 80;
// With the flag u, halves of a pair are matched only where they stand alone.
const LONE_SURROGATE = /\p{Surrogate}/u;
const CONTROL = /[\0-\x1f\x7f]/;

/** The error for `value`, which is not what is accepted at `path`. */
export const wrong = (path, accepted, value, advice) => invalid(path, `must be ${accepted}; found ${found(value)}.${advice || ""}`);

/** What a value is, for a message. */
function found(value) {
  if (typeof value === "string") return value.length > MAX_FOUND ? `a text of length ${value.length}` : quote(value);
  if (typeof value === "object" && value) return isArray(value) ? `a list of length ${value.length}` : `an object (${value.constructor?.name})`;
  return /^(f|s|bi)/.test(typeof value) ? `a ${typeof value}` : `${value}`;
}

/**
 * The listed members, each read once. Members that are not listed are refused, naming the first and what was probably meant.
 * A member that a script added to `Object.prototype` is not an option.
 */
export function only(object, path, names) {
  if (typeof object !== "object" || !object || isArray(object)) throw wrong(path, "an object", object);
  const own = { __proto__: null };
  for (const name of names) if (!(name in OBJECT) || hasOwn(object, name)) own[name] = object[name];
  for (const name of keys(object)) {
    if (name in own || names.includes(name) || object[name] === undefined) continue;
    const meant = names.find((each) => isNear(name.toLowerCase(), each.toLowerCase()));
    throw invalid(path === "options" ? name : `${path}.${name}`, `is not known; ${meant ? `did you mean ${meant}?` : `known are ${names.join(", ")}.`}`);
  }
  return own;
}

/** Whether one is part of the other, or becomes it by changing, adding or leaving out a few letters. */
const isNear = (name, other, edits = Math.min(2, name.length / 2.5)) => (name.length > 2 && other.includes(name)) || isWithin(name, other, edits);

function isWithin(one, other, edits) {
  if (one && one[0] === other[0]) return isWithin(one.slice(1), other.slice(1), edits);
  const less = (a, b) => isWithin(one.slice(a), other.slice(b), edits - 1);
  return one === other || (edits >= 1 && (less(1, 1) || less(1, 0) || less(0, 1)));
}

/** An id, or a user's: 1 to 256 bytes of text without control characters. */
export function id(value, path) {
  const accepted = `a text of 1 to ${MAX_ID_BYTES} bytes without control characters`;
  if (typeof value !== "string") throw wrong(path, accepted, value);
  text(value, path);
  let bytes = 0;
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    // Of a pair, each half comes to two.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
  }
  const problem = bytes > MAX_ID_BYTES || !bytes ? `${bytes} bytes` : CONTROL.test(value) && "a control character";
  if (problem) throw invalid(path, `must be ${accepted}; found ${problem}.`);
  return value;
}

/** A number from `min` to `max`. */
export function number(value, path, min, max) {
  if (typeof value !== "number" || !(value >= min && value <= max)) throw wrong(path, `a number from ${min} to ${max}`, value);
  return value;
}

/** A version that a write insists on, if any. */
export function version(value, path) {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) throw wrong(path, "a version number", value);
  return value;
}

/** What can abort a write, if anything. Another window's is one too. */
export function signal(value, path) {
  if (value !== undefined && !(typeof value?.aborted === "boolean" && typeof value.addEventListener === "function")) throw wrong(path, "an AbortSignal", value);
  return value;
}

/** Where the module's bytes are, or the bytes, if the application says so. */
export function wasm(value, path) {
  // A window may have no WebAssembly; that is told when it is needed.
  const kinds = [URL, ArrayBuffer, globalThis.WebAssembly?.Module];
  const fits = value === undefined || (value && typeof value === "string") || ArrayBuffer.isView(value) || kinds.some((kind) => kind && value instanceof kind);
  if (!fits) throw wrong(path, "an address, bytes or a WebAssembly.Module", value);
  return value;
}

/** Text without halves of surrogate pairs. */
export function text(value, path) {
  if (typeof value !== "string") throw wrong(path, "a text", value);
  if (LONE_SURROGATE.test(value)) throw invalid(path, "must be well-formed text; found half of a surrogate pair.");
  return value;
}

/**
 * The JSON text of a plain object, whatever `toJSON` the page has given to lists or texts. Members that are undefined are left out.
 * What else JSON would change or drop on the way is refused, naming where it stands.
 */
export function json(value, path) {
  if (typeof value !== "object" || !value || isArray(value)) throw wrong(path, "a plain object", value);
  return write(value, path, 0);
}

/** The error where the module does not take what `json` wrote. */
export const unwritten = (path) => invalid(path, "is not JSON: a script of this page has replaced functions of the language.");

/** The same for whatever JSON has. */
export function write(value, path, depth) {
  if (value === null || typeof value === "boolean") return `${value}`;
  if (typeof value === "string") return quote(text(value, path));
  if (typeof value === "number" && value - value === 0) return value === 0 && 1 / value < 0 ? "-0" : `${value}`;
  if (typeof value !== "object") throw wrong(path, "JSON", value);
  if (depth > MAX_DEPTH) throw invalid(path.slice(0, MAX_FOUND), `is nested too deeply, or in itself; at most ${MAX_DEPTH} levels are accepted.`);
  const isList = isArray(value);
  const names = keys(value);
  const { length } = isList ? value : names;
  if (isList && names.length > length) throw invalid(path, "must be a plain list; this one has members of other names.");
  const prototype = getPrototypeOf(value);
  if (!isList && ((prototype && getPrototypeOf(prototype)) || getOwnPropertySymbols(value).length)) throw wrong(path, "JSON", value, prototype?.toISOString && " Give a text, such as toISOString().");
  let written = "";
  for (let at = 0; at < length; at++) {
    const name = names[at];
    const item = value[isList ? at : name];
    if (!isList && item === undefined) continue;
    if (written) written += ",";
    if (!isList) written += `${quote(text(name, `${path}: a key`))}:`;
    written += write(item, isList ? `${path}[${at}]` : `${path}.${name}`, depth + 1);
  }
  return isList ? `[${written}]` : `{${written}}`;
}
