// Message channels within one process.

/** What a message becomes on its way: a copy, as structured cloning makes it of what the two sides send. */
export function copy(value) {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError("The message could not be cloned.");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}

class Port {
  onmessageerror = null;
  #other;
  #deliver;
  #hear = null;
  /** Messages that came before anybody listened. */
  #early = [];
  #open = true;

  constructor(deliver) {
    this.#deliver = deliver;
  }

  static pair(deliver) {
    const [one, other] = [new Port(deliver), new Port(deliver)];
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  get onmessage() {
    return this.#hear;
  }

  set onmessage(hear) {
    this.#hear = hear ?? null;
    if (hear) for (const message of this.#early.splice(0)) this.#deliver(() => this.#take(message));
  }

  postMessage(message) {
    const sent = copy(message);
    if (this.#open) this.#deliver(() => this.#other.#take(sent));
  }

  close() {
    this.#open = false;
  }

  /** Neither end hears anything any more, nor learns of it: as when the document of one of them is gone. */
  cut() {
    this.#open = false;
    this.#other.#open = false;
  }

  #take(data) {
    if (!this.#open) return;
    if (this.#hear) this.#hear({ type: "message", isTrusted: true, data, origin: "", source: null, ports: [] });
    else this.#early.push(data);
  }
}

/** A window's `MessageChannel`. `deliver` runs what a message leads to, in a turn of its own. */
export function channels(deliver) {
  return class MessageChannel {
    constructor() {
      [this.port1, this.port2] = Port.pair(deliver);
    }
  };
}
