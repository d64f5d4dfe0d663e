// The part of postcard that the wire uses, after docs/protocol.md and not after the Rust code: each type knows how to
// read and to write itself. Values look as in the fixtures' JSON.

/** Walks through received bytes. */
class Cursor {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  take(count) {
    if (this.#at + count > this.#bytes.length) throw new Error(`${count} bytes wanted at ${this.#at}, beyond the end`);
    return this.#bytes.subarray(this.#at, (this.#at += count));
  }

  get ended() {
    return this.#at === this.#bytes.length;
  }
}

/** Unsigned LEB128. JavaScript holds the wire's integers exactly: they stay below 2^53. */
export const int = {
  read(cursor) {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const [byte] = cursor.take(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`${value} is over 2^53 - 1`);
    return Number(value);
  },
  write(value, out) {
    let rest = BigInt(value);
    for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
    out.push(Number(rest));
  },
};

export const bool = {
  read(cursor) {
    const [byte] = cursor.take(1);
    if (byte > 1) throw new Error(`${byte} is no bool`);
    return byte === 1;
  },
  write: (value, out) => out.push(value ? 1 : 0),
};

export const text = {
  read: (cursor) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(cursor.take(int.read(cursor))),
  write(value, out) {
    const bytes = new TextEncoder().encode(value);
    int.write(bytes.length, out);
    out.push(...bytes);
  },
};

export const option = (inner) => ({
  read: (cursor) => (bool.read(cursor) ? inner.read(cursor) : null),
  write(value, out) {
    bool.write(value !== null, out);
    if (value !== null) inner.write(value, out);
  },
});

export const list = (inner) => ({
  read: (cursor) => Array.from({ length: int.read(cursor) }, () => inner.read(cursor)),
  write(values, out) {
    int.write(values.length, out);
    for (const value of values) inner.write(value, out);
  },
});

export const tuple = (...inner) => ({
  read: (cursor) => inner.map((type) => type.read(cursor)),
  write: (values, out) => inner.forEach((type, at) => type.write(values[at], out)),
});

export const struct = (fields) => ({
  read: (cursor) => Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.read(cursor)])),
  write(value, out) {
    for (const [name, type] of Object.entries(fields)) type.write(value[name], out);
  },
});

/** `variants` in the order of their numbers; `null` for one without fields, which is a bare string in JSON. */
export const choice = (variants) => {
  const names = Object.keys(variants);
  return {
    names,
    read(cursor) {
      const name = names[int.read(cursor)];
      if (name === undefined) throw new Error("no such variant");
      return variants[name] ? { [name]: variants[name].read(cursor) } : name;
    },
    write(value, out) {
      const name = typeof value === "string" ? value : Object.keys(value)[0];
      int.write(names.indexOf(name), out);
      variants[name]?.write(value[name], out);
    },
  };
};

export const decode = (type, version, bytes) => {
  const cursor = new Cursor(bytes);
  const [first] = cursor.take(1);
  if (first !== version) throw new Error(`version ${first}`);
  const message = type.read(cursor);
  if (!cursor.ended) throw new Error("bytes are left over");
  return message;
};

export const encode = (type, version, message) => {
  const out = [version];
  type.write(message, out);
  return Uint8Array.from(out);
};
