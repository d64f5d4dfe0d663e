// JSON texts, read and written. A page may have put functions of its own in place of `JSON.parse` and `JSON.stringify` before
// this was loaded, such as ones that turn texts into dates. Both are tried once, here. If one does anything but what ECMAScript
// says, the code below takes its place. It uses syntax alone, which no page can replace.
const { freeze, isFrozen, keys } = Object;
const { defineProperty } = Reflect;
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

/** The value of a text in the shape that `JSON.stringify` gives, frozen to the ground. */
export const parse = (text) => (parses ? frozen(parseJson(text)) : new Reader(text).value());

/** A text in quotes, as JSON has it. */
export const quote = (text) => (quotes ? stringify(text) : quoted(text));

const NAMES = { __proto__: null, "\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\" };
const LETTERS = { __proto__: null, b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
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

class Reader {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  value() {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === "[") return this.#list();
    if (first === "{") return this.#object();
    let word = "";
    for (let letter = first; letter !== undefined && letter !== "," && letter !== "]" && letter !== "}"; letter = this.#text[this.#at]) {
      word += letter;
      this.#at++;
    }
    return word === "null" ? null : word === "true" || (word === "false" ? false : +word);
  }

  #string() {
    let text = "";
    for (;;) {
      const letter = this.#text[++this.#at];
      if (letter === '"') break;
      text += letter === "\\" ? this.#escaped() : letter;
    }
    this.#at++;
    return text;
  }

  #escaped() {
    const name = this.#text[++this.#at];
    if (name !== "u") return LETTERS[name];
    let unit = 0;
    for (let digit = 0; digit < 4; digit++) unit = unit * 16 + +`0x${this.#text[++this.#at]}`;
    return fromCharCode(unit);
  }

  #list() {
    const list = [];
    while (this.#text[++this.#at] !== "]") {
      list[list.length] = this.value();
      if (this.#text[this.#at] === "]") break;
    }
    this.#at++;
    return freeze(list);
  }

  #object() {
    const object = {};
    while (this.#text[++this.#at] !== "}") {
      const name = this.#string();
      this.#at++;
      defineProperty(object, name, { __proto__: null, value: this.value(), enumerable: true, configurable: true, writable: true });
      if (this.#text[this.#at] === "}") break;
    }
    this.#at++;
    return freeze(object);
  }
}
