/** Compares dotted version numbers: whether `version` is `least` or newer. */
export function atLeast(version, least) {
  const [have, want] = [version, least].map((text) => text.split(".").map(Number));
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - want[i];
    if (difference !== 0) return difference > 0;
  }
  return true;
}
