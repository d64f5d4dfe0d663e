// One Web Lock for a store that has no atomic commit of its own. It is never stolen: whoever has it may be writing.
import { SessionError } from "../error.js";

/** For waiting and working together, so that the service, which waits 10 s, hears of it. */
const BOUND_MS = 8_000;

const failed = (why, unknown) => Object.assign(new SessionError("storage_failed", why, true), { unknown });

/** Called when the page may be put to sleep: a lock that is waited for or held there would keep all others out. */
const onSleep = new Set();
let asleep = false;
let listening = false;

/** Calls `leave` whenever the page may be put to sleep. */
export function beforeSleep(leave) {
  listen();
  onSleep.add(leave);
}

function listen() {
  if (listening || !globalThis.addEventListener) return;
  listening = true;
  const sleep = () => {
    asleep = true;
    for (const leave of [...onSleep]) leave();
  };
  const wake = () => (asleep = false);
  addEventListener("pagehide", sleep);
  addEventListener("pageshow", wake);
  globalThis.document?.addEventListener("freeze", sleep);
  globalThis.document?.addEventListener("resume", wake);
}

/**
 * Runs `work(check)` alone among all who use this name. At the bound, or when the page is put to sleep, the caller is told
 * that it failed, and `check()` throws from then on: nothing further may be begun. The lock itself is kept until `work` has
 * ended, that is until what it was waiting for has come: a write under way would land among those of the next.
 *
 * @param {() => LockManager | undefined} locks is asked each time: reading it may be refused
 * @param {{ boundMs?: number, writes?: boolean }} options `writes`: given up half-way, it may have taken effect
 */
export async function alone(locks, name, work, { boundMs = BOUND_MS, writes = false } = {}) {
  listen();
  if (asleep) throw failed("The browser has suspended the page. Try again.", false);
  const manager = locks();
  if (!manager) throw failed("This store needs Web Locks, which the browser does not offer here. Use IndexedDB, or serve the page over https.", false);
  const giveUp = new AbortController();
  let held = false;
  let lost;
  let release;
  const left = new Promise((_, reject) => (release = reject));
  left.catch(() => {});
  const leave = (why) => {
    lost ??= failed(why, held && writes);
    giveUp.abort(lost);
    release(lost);
  };
  const leaveAsleep = () => leave("The browser suspended the page. Try again.");
  const timer = setTimeout(() => leave("Somebody else held the lock of the store for too long. Try again."), boundMs);
  onSleep.add(leaveAsleep);
  const check = () => {
    if (lost) throw lost;
  };
  try {
    const done = manager.request(name, { signal: giveUp.signal }, () => {
      check();
      held = true;
      return work(check);
    });
    return await Promise.race([done, left]);
  } catch (error) {
    throw lost ?? error;
  } finally {
    clearTimeout(timer);
    onSleep.delete(leaveAsleep);
  }
}
