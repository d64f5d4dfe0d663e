// TextDecoder and TextEncoder for CommonJS. Jest's jsdom keeps Node's from the page; a page in a browser has them.
const from = globalThis.TextDecoder ? globalThis : globalThis.process?.getBuiltinModule?.("node:util");
export const TextDecoder = from?.TextDecoder;
export const TextEncoder = from?.TextEncoder;
