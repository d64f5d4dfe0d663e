import { setTimeout as sleep } from "node:timers/promises";

/** Twelve times the longest that a manager waits for an answer by default. A machine that has much to do is slow, and not wrong. */
const PATIENCE_MS = 60_000;

/**
 * Waits until `condition` answers something truthy and returns that. Fails after `ms` saying `what` was
 * waited for and what was seen last: `describe`, when given, is asked for the state to print.
 */
export async function until(condition, what, { ms = PATIENCE_MS, every = 20, describe } = {}) {
  const deadline = Date.now() + ms;
  let last;
  let trouble;
  for (;;) {
    try {
      last = await condition();
      trouble = undefined;
      if (last) return last;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > deadline) break;
    await sleep(every);
  }
  const state = describe ? await Promise.resolve().then(describe).catch(String) : last;
  const seen = typeof state === "string" ? state : JSON.stringify(state);
  const failed = trouble ? ` (${trouble})` : "";
  throw new Error(`Waited ${ms} ms in vain for ${what}${failed}. Last seen: ${seen}`, { cause: trouble });
}
