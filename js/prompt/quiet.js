// Remembers for a while that a person declined. In this partition, so for each site by itself; where that cannot be, for
// as long as this page lives.
// One for all files of this page that have this one in them.
const memory = (globalThis[Symbol.for("session-bridge declined")] ??= new Map());
const keyOf = (origin) => `session-bridge-declined ${origin}`;

/** For how long the person is not asked again, who declined less than `quietMs` ago. A clock that was set back since ends that too. */
export function restMs(origin, quietMs) {
  const ms = read(keyOf(origin)) + quietMs - Date.now();
  return ms > 0 && ms <= quietMs ? ms : 0;
}

/** Whether the person is not to be asked now. */
export const isQuiet = (origin, quietMs) => restMs(origin, quietMs) > 0;

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
