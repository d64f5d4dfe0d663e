// Chance that is the same in every run, so that ids which are made up can stand in a stored snapshot of a test.

/** A stand-in for `crypto`. */
export function chance() {
  // A counter, scrambled: a full period, and evenly spread bits.
  let state = 0;
  const draw = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) & 0xff;
  };
  return {
    getRandomValues(array) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < bytes.length; at++) bytes[at] = draw();
      return array;
    },
  };
}
