// JSON texts, read. A page may have put a function of its own in place of `JSON.parse` before this was loaded, such as one that turns
// texts into dates. It is tried once, here. If it does anything but what ECMAScript says, code of our own takes its place.
import { further } from "./further.js";
import { works } from "./works.js";

const { freeze, isFrozen, keys } = Object;
const { parse: parseJson } = JSON;

/** Freezes a value to the ground. A reviver that does it would take twice as long. */
function frozen(value) {
  if (typeof value === "object" && value) {
    const names = keys(value);
    for (let at = 0; at < names.length; at++) frozen(value[names[at]]);
    freeze(value);
  }
  return value;
}

const SAMPLE = '{"a":["0","1970-01-01T00:00:00.000Z",-1.5e+21,null,{"b":true}]}';

const parses = works(() => {
  const { a } = frozen(parseJson(SAMPLE));
  const [zero, date, number, none, { b }] = a;
  return zero === "0" && date === "1970-01-01T00:00:00.000Z" && number === -1.5e21 && none === null && b === true && isFrozen(a[4]) && isFrozen(a);
});

let read = parses ? (text) => frozen(parseJson(text)) : undefined;
const reader = further("reader.js", () => import("./reader/reader.js"));

/** Resolves when texts can be read: at once, unless that takes the code of our own, which is fetched. */
export async function readable() {
  read ??= (await reader()).read;
}

/** The value of a text in the shape that `JSON.stringify` gives, frozen to the ground. Only once texts are `readable`. */
export const parse = (text) => read(text);
