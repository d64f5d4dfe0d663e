// UTF-8, which jsdom does not bring along. Always used, so that it is the same in every environment.

const REPLACEMENT = 0xfffd;
/** The least code point that a sequence of so many bytes may stand for. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];
const CHUNK = 4_096;

export class TextEncoder {
  encode(text = "") {
    const bytes = [];
    for (const letter of `${text}`) {
      const code = letter.codePointAt(0);
      push(bytes, code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code);
    }
    return Uint8Array.from(bytes);
  }

  encodeInto(text, target) {
    let [read, written] = [0, 0];
    for (const letter of text) {
      const bytes = this.encode(letter);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      read += letter.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

function push(bytes, code) {
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

/** As `new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })`: what is not UTF-8 throws, and a byte order mark is text. */
export class TextDecoder {
  decode(bytes = []) {
    let text = "";
    let codes = [];
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at];
      const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
      let code = length === 1 ? first : first & (0xff >> (length + 1));
      for (let more = 1; more < length; more++) {
        if ((bytes[at + more] & 0xc0) !== 0x80) code = NaN;
        code = code * 64 + (bytes[at + more] & 63);
      }
      if (!length || !(code >= LEAST[length] && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) {
        throw new TypeError("The encoded data was not valid for encoding utf-8");
      }
      codes.push(code);
      at += length;
      if (codes.length === CHUNK || at >= bytes.length) {
        text += String.fromCodePoint(...codes);
        codes = [];
      }
    }
    return text;
  }
}
