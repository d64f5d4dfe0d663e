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
 * Runs `work(check)` alone among all who use this name. `check()` throws once the lock was given up, at the bound or
 * because the page was put to sleep: from then on others may be writing, and nothing may be touched any more.
 *
 * @param {() => LockManager | undefined} locks is asked each time: reading it may be refused
 * @param {{ boundMs?: number, writes?: boolean }} options `writes`: given up half-way, it may have taken effect
 */
export async function alone(locks, name, work, { boundMs = BOUND_MS, writes = false } = {}) {
  listen();
  if (asleep) throw failed("The page is asleep.", false);
  const manager = locks();
  if (!manager) throw failed("This browser has no Web Locks here, without which this store is not safe.", false);
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
  const leaveAsleep = () => leave("The page was put to sleep.");
  const timer = setTimeout(() => leave("The store's lock was not to be had in time."), boundMs);
  onSleep.add(leaveAsleep);
  const check = () => {
    if (lost) throw lost;
  };
  try {
    return await manager.request(name, { signal: giveUp.signal }, () => {
      check();
      held = true;
      return Promise.race([work(check), left]);
    });
  } catch (error) {
    throw lost ?? error;
  } finally {
    clearTimeout(timer);
    onSleep.delete(leaveAsleep);
  }
}
