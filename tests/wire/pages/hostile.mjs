// Runs in a page of this folder: what a hostile peer says, as often as wanted, without a word to the test in between.

/** Numbers that follow from a seed (mulberry32), below `end`. */
export const draws = (seed) => (end) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let drawn = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  drawn = (drawn + Math.imul(drawn ^ (drawn >>> 7), 61 | drawn)) ^ drawn;
  return ((drawn ^ (drawn >>> 14)) >>> 0) % end;
};

const NAMES = [
  "sessionBridge", "min", "max", "client", "attempt", "held", "grant", "__proto__", "constructor", "prototype", "toString",
  "hasOwnProperty", "length", "data", "then",
];

/** A value that structured cloning takes, whatever its kind. */
export const random = (below, depth = 0) => {
  const inner = () => random(below, depth + 1);
  const leaves = [
    () => null, () => undefined, () => below(2) === 1, () => below(5) - 2, () => below(2 ** 32) * 2 ** 21, () => -below(2 ** 32),
    () => Number.NaN, () => Number.POSITIVE_INFINITY, () => -0, () => 2 ** 53, () => below(1000) / 7, () => BigInt(below(2 ** 32)) ** 3n,
    () => "hello", () => "refused", () => "\ud800", () => "x".repeat(below(200)), () => new Date(Number.NaN), () => /(a+)+$/g,
    () => new Uint8Array(Array.from({ length: below(60) }, () => below(256))),
    () => new Uint8Array([2, below(12), ...Array.from({ length: below(30) }, () => below(256))]),
    () => new Uint8ClampedArray(below(9)), () => new DataView(new ArrayBuffer(below(9))), () => new ArrayBuffer(below(100)),
    () => new Float64Array(below(4)), () => new Error("x"), () => new Blob(["x"]),
  ];
  const nodes = [
    () => Array.from({ length: below(4) }, inner),
    () => Array(below(1000)),
    () => Object.fromEntries(Array.from({ length: below(5) }, () => [NAMES[below(NAMES.length)], inner()])),
    () => new Map([[inner(), inner()]]),
    () => new Set([inner()]),
    () => {
      const cyclic = { a: inner() };
      cyclic.self = cyclic;
      return cyclic;
    },
  ];
  const kinds = depth < 3 && below(3) > 0 ? nodes : leaves;
  return kinds[below(kinds.length)]();
};

/** A hello with some members replaced by anything; never a good one. */
export const nearly = (hello, below) => {
  const bad = { ...hello };
  const names = Object.keys(hello);
  for (let n = below(2); n >= 0; n--) {
    const name = names[below(names.length)];
    if (below(3) === 0) delete bad[name];
    else bad[name] = random(below, 2);
  }
  return bad;
};

/** Lets what was posted be delivered. */
export const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
