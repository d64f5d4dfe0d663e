// JSON texts, read and written. A page may have put functions of its own in place of `JSON.parse` and `JSON.stringify` before
// this was loaded, such as ones that turn texts into dates. Both are tried once, here. If one does anything but what ECMAScript
// says, code of our own takes its place. It uses syntax alone, which no page can replace.
import { further } from "./further.js";

const { freeze, isFrozen, keys } = Object;
const { fromCharCode } = String;
const { parse: parseJson, stringify } = JSON;

/** Freezes a value to the ground. A reviver that does it would take twice as long. */
function frozen(value) {
  if (typeof value === "object" && value) {
    const names = keys(value);
    for (let at = 0; at < names.length; at++) frozen(value[names[at]]);
  }
  return freeze(value);
}

const SAMPLE = '{"a":["0","1970-01-01T00:00:00.000Z",-1.5e+21,null,{"b":true}]}';
const TEXT = 'a"\\\u2028\n\u0007 é😀 1970-01-01';

/** What it gives; `false` if it throws. */
export function works(task) {
  try {
    return task();
  } catch {
    return false;
  }
}

const parses = works(() => {
  const { a } = frozen(parseJson(SAMPLE));
  const [zero, date, number, none, { b }] = a;
  return zero === "0" && date === "1970-01-01T00:00:00.000Z" && number === -1.5e21 && none === null && b === true && isFrozen(a[4]) && isFrozen(a);
});
const quotes = works(() => stringify(TEXT) === '"a\\"\\\\\u2028\\n\\u0007 é😀 1970-01-01"' && stringify("12") === '"12"');

let read = parses ? (text) => frozen(parseJson(text)) : undefined;
const reader = further("reader.js", () => import("./reader/reader.js"));

/** Resolves when texts can be read: at once, unless that takes the code of our own, which is fetched. */
export async function readable() {
  read ??= (await reader()).read;
}

/** The value of a text in the shape that `JSON.stringify` gives, frozen to the ground. Only once texts are `readable`. */
export const parse = (text) => read(text);

/** A text in quotes, as JSON has it. */
export const quote = (text) => (quotes ? stringify(text) : quoted(text));

const NAMES = { __proto__: null, "\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\" };
/** How each control character stands in JSON. */
const CONTROLS = { __proto__: null };
for (let unit = 0; unit < 32; unit++) CONTROLS[fromCharCode(unit)] = `\\u00${unit < 16 ? 0 : 1}${"0123456789abcdef"[unit % 16]}`;

function quoted(text) {
  let written = '"';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (NAMES[letter]) written += `\\${NAMES[letter]}`;
    else if (letter < " ") written += CONTROLS[letter];
    else written += letter;
  }
  return `${written}"`;
}
