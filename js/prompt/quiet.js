// Remembers for a while that a person declined. In this partition, so for each site by itself; where that cannot be, for
// as long as this page lives.
const memory = new Map();
const keyOf = (origin) => `session-bridge-declined ${origin}`;

/** Whether the person declined less than `quietMs` ago. A clock that was set back since ends that too. */
export function isQuiet(origin, quietMs) {
  const ago = Date.now() - read(keyOf(origin));
  return ago >= 0 && ago < quietMs;
}

/** The person declined just now. */
export function declined(origin) {
  const now = Date.now();
  memory.set(keyOf(origin), now);
  try {
    localStorage.setItem(keyOf(origin), now);
  } catch {
    // Refused or full: the memory of this page has to do.
  }
}

function read(key) {
  try {
    return Number(localStorage.getItem(key) ?? memory.get(key) ?? NaN);
  } catch {
    return memory.get(key) ?? NaN;
  }
}
