// The bytes of a module that a script carries as text.

/**
 * @param {string} text gzip, in base64
 * @param {number} length of what comes out of it, in bytes
 * @returns {Promise<Uint8Array>}
 */
export async function unpack(text, length) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let at = 0; at < packed.length; at++) packed[at] = letters.charCodeAt(at);
  // Node, also where a test gives it the look of a browser. Asked for in this way, bundlers do not see it.
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib) return zlib.gunzipSync(packed);
  if (!globalThis.DecompressionStream) {
    throw new Error("There is no DecompressionStream here, which the module inside the script needs. Import the entry without /inline, and serve its .wasm file.");
  }
  // Not by way of Blob and Response, which emulated documents replace by their own.
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  // A failure shows where it is read.
  writer.write(packed).catch(() => {});
  writer.close().catch(() => {});
  const bytes = new Uint8Array(length);
  const reader = readable.getReader();
  for (let at = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes.set(value, at);
    at += value.length;
  }
}
