// Keeps the browser from throwing sessions away, and tells early that room is running out.

const FULL = 0.9;
const EVERY_MS = 300_000;
const EVERY_COMMITS = 1_000;

/**
 * Asks the browser to keep this origin's storage when room is short. Only where sessions lie in storage that is the
 * owner's own (`same-site`): of a partition nothing is promised, and what lies behind a handle cannot be asked for. Firefox
 * puts it to the person, who came for something else: there it is asked only if that was granted before.
 *
 * @param {string} level as `StorageStatus.level`
 * @returns {Promise<boolean>} whether it is kept
 */
export async function keep(level, { storage, permissions } = globalThis.navigator ?? {}, asksPerson = inFirefox()) {
  if (level !== "same-site" || !storage?.persist) return false;
  try {
    if (await storage.persisted()) return true;
    const granted = async () => (await permissions?.query({ name: "persistent-storage" }))?.state === "granted";
    return !asksPerson || (await granted()) ? await storage.persist() : false;
  } catch {
    return false;
  }
}

const inFirefox = () => globalThis.CSS?.supports?.("-moz-appearance", "none") ?? false;

/**
 * Looks every five minutes and every thousand commits how much of the origin's room is used, and calls
 * `told({ usage, quota, high })` (bytes) when it gets over 90 % and when it is less again. Does nothing where
 * browsers do not say (WebKitGTK).
 *
 * @param {() => number} commits how many there were
 * @param {(pressure: { usage: number, quota: number, high: boolean }) => void} told
 * @param {{ estimate?: () => Promise<{ usage?: number, quota?: number }> }} source the navigator's storage, or a
 *   StorageAccessHandle
 * @returns {() => void} ends it
 */
export function watchQuota(commits, told, source = globalThis.navigator?.storage, { everyMs = EVERY_MS } = {}) {
  if (typeof source?.estimate !== "function") return () => {};
  let [last, looked, high, over] = [commits(), Date.now(), false, false];
  const look = async () => {
    [last, looked] = [commits(), Date.now()];
    // A browser may refuse to say, by whatever way.
    const { usage, quota } = await Promise.resolve().then(() => source.estimate()).catch(() => ({}));
    const now = quota > 0 && usage > FULL * quota;
    if (now !== high && !over) told({ usage, quota, high: now });
    high = now;
  };
  // Often enough to notice a thousand commits, and cheap: it counts.
  const timer = setInterval(() => {
    if (commits() - last >= EVERY_COMMITS || Date.now() - looked >= everyMs) look();
  }, Math.min(everyMs, 5_000));
  look();
  return () => {
    over = true;
    clearInterval(timer);
  };
}
