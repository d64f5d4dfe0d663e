// Texts in quotes, as JSON has them. A page may have put a function of its own in place of `JSON.stringify` before this was loaded. It
// is tried once, here. If it does anything but what ECMAScript says, code of our own takes its place: syntax alone, which no page can
// replace.
import { works } from "./works.js";

const { fromCharCode } = String;
const { stringify } = JSON;

const TEXT = 'a"\\\u2028\n\u0007 é😀 1970-01-01';
const quotes = works(() => stringify(TEXT) === '"a\\"\\\\\u2028\\n\\u0007 é😀 1970-01-01"' && stringify("12") === '"12"');

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
