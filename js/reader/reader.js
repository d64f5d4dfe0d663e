// Reads JSON texts where a page has put something else in place of `JSON.parse`; nobody else fetches it. In syntax alone, which no
// page can replace.
const { freeze } = Object;
const { defineProperty } = Reflect;
const { fromCharCode } = String;

const LETTERS = { __proto__: null, b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };

/** The value of a text in the shape that `JSON.stringify` gives, frozen to the ground. */
export const read = (text) => new Reader(text).value();

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
