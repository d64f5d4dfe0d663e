// "session-bridge/conformance": what every store must do, for those who write one. It needs no framework and no browser.
import cases from "./cases.js";
import { faultCases } from "./faults.js";
import { describe, play, revived } from "./play.js";
import { freeCases } from "./races.js";

/** Longer than any store needs for one step of a case. */
const DEADLINE_MS = 20_000;

/**
 * Runs every case, each on a store of its own.
 *
 * @param {(store: string) => StorageProvider | Promise<StorageProvider>} open one more handle to the store of that name,
 *   which is empty when the name is new
 * @param {{ faults?: Faults, deadlineMs?: number, only?: RegExp }} options
 * @returns {Promise<readonly { name: string, ok: boolean, detail: string | null, locked?: true, skipped?: true }[]>}
 */
export async function conformance(open, { faults = {}, deadlineMs = DEADLINE_MS, only = /(?:)/ } = {}) {
  const run = String(Math.random()).slice(2);
  const results = [];
  for (const { name, work, dies } of [...cases.map(fromData), ...freeCases, ...faultCases(faults)].filter(({ name }) => only.test(name))) {
    results.push(await runCase({ name, work, dies }, open, `conformance ${run} ${results.length}`, deadlineMs));
  }
  return Object.freeze(results);
}

/** The same, rejecting with an `Error` that lists what failed. */
export async function assertConformance(open, options) {
  const results = await conformance(open, options);
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length) {
    const list = failed.map(({ name, detail }) => `  ${name}\n    ${detail}`).join("\n");
    throw new Error(`${failed.length} of ${results.length} cases failed:\n${list}`);
  }
  return results;
}

const fromData = (data) => ({ name: data.name, work: (world) => play(revived(data.steps), world) });

async function within(deadlineMs, what, work) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no end of ${what} after ${deadlineMs} ms`)), deadlineMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runCase({ name, work, dies }, open, store, deadlineMs) {
  const handles = [];
  let locked = false;
  const opened = async () => {
    const provider = await within(deadlineMs, "open()", open(store));
    locked ||= provider.locked === true;
    return provider;
  };
  /** The handle of this number, opened when it is first asked for. */
  const handle = async (number) => {
    while (handles.length <= number) handles.push(opened());
    return handles[number];
  };
  const close = async (number) => {
    // That it could not be opened was told by whoever asked for it.
    const provider = await handles[number].catch(() => undefined);
    const closed = async () => provider?.close?.();
    await within(deadlineMs, `close() of handle ${number}`, closed().catch(() => {}));
  };
  let detail = null;
  let skipped = false;
  try {
    skipped = (await within(deadlineMs, "the case", work ? work({ handle, store }) : "skipped")) === "skipped";
  } catch (error) {
    detail = describe(error);
  }
  const closed = await Promise.allSettled(handles.map((_, number) => close(number)));
  // A handle that died does nothing any more.
  if (!dies) detail ??= closed.filter(({ status }) => status === "rejected").map(({ reason }) => describe(reason))[0] ?? null;
  const result = { name, ok: detail === null, detail: skipped ? "options.faults has no means for it" : detail };
  return Object.freeze({ ...result, ...(locked && { locked }), ...(skipped && { skipped }) });
}
