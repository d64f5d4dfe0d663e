// A StorageProvider over a plain store of texts, under one lock.
//
// The keys, each after the store's own prefix: `head` = [epoch, seq, tag, lowest log entry, count of commits],
// `e:<key>` = value, `l:<seq>` = [epoch, tag, entry], `undo` = [head before, head after, what a commit that is being
// written found there].
//
// A commit first writes `undo`, then its keys, `head` last: in that moment it has taken effect. Then it removes `undo`.
// Whoever takes the lock and finds an `undo` with the head before it puts everything back, so that what was interrupted
// half-way never happened. Putting back needs no more room than there was. An `undo` with any other head is dropped: its
// commit is whole, or others have committed since. All that rests on the store keeping the order of its writes, and on a call that has ended having no
// effect later; a store that does otherwise may show half a commit, which is why the conformance suite marks these stores
// as locked.

import { MOST_ENTRIES } from "./guard.js";
import { listOf, textOf } from "./plain.js";

const isText = (value) => value === null || typeof value === "string";
const isPair = (value) => Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && isText(value[1]);
const isUndo = (value) => Array.isArray(value) && isText(value[0]) && isText(value[1]) && Array.isArray(value[2]) && value[2].every(isPair);

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {{ get(key: string): Promise<string | null>, set(key: string, value: string): Promise<void>, delete(key: string): Promise<void>, keys(): Promise<string[]> }} store
 * @param {string} prefix of all keys that are used
 * @param {(work: (check: () => void) => Promise<any>, writes: boolean) => Promise<any>} alone runs work alone; `check` throws once it no longer is
 * @param {import("./view.js").View} view for a store that shows what others wrote a little later
 */
export function overKeyValue(store, prefix, alone, view) {
  const [HEAD, UNDO, ENTRY, LOG] = ["head", "undo", "e:", "l:"].map((part) => prefix + part);

  /** The store, for as long as the lock is held. What it hands out is text, or nothing. */
  const leased = (check) => ({
    async get(key) {
      check();
      const value = (await store.get(key)) ?? null;
      if (value !== null && typeof value !== "string") throw new TypeError("the store holds something other than text");
      return value;
    },
    async set(key, value) {
      check();
      await store.set(key, value);
    },
    async delete(key) {
      check();
      await store.delete(key);
    },
    async keys(begin) {
      check();
      return [...(await store.keys())].filter((key) => typeof key === "string" && key.startsWith(begin));
    },
  });

  const locked = (work, writes = false) =>
    alone(async (check) => {
      const keys = leased(check);
      await view?.caughtUp(async () => (await readHead(keys))?.count ?? 0);
      await restore(keys);
      return work(keys);
    }, writes);

  async function restore(keys) {
    const text = await keys.get(UNDO);
    if (text === null) return;
    // What cannot be read was not written to its end, so that nothing of the commit was written either.
    const undo = parse(text);
    if (isUndo(undo)) {
      const [before, after, found] = undo;
      // The head is written last: where it names the commit, all of that is there. To take it back would be to lose what
      // was confirmed, for whoever sees the end of `undo` later than the head.
      if (after !== before && (await keys.get(HEAD)) === before) await putBack(keys, found);
    }
    await keys.delete(UNDO);
  }

  /** The head first, so that a commit that is half taken back is none; then what is to go, for there to be room. */
  async function putBack(keys, found) {
    const head = new Map(found).get(HEAD);
    await (head === null ? keys.delete(HEAD) : keys.set(HEAD, head));
    for (const [key, value] of found) if (value === null) await keys.delete(key);
    for (const [key, value] of found) if (value !== null) await keys.set(key, value);
  }

  async function readHead(keys) {
    const text = await keys.get(HEAD);
    if (text === null) return null;
    const head = parse(text);
    if (!Array.isArray(head)) throw new TypeError("the store's head cannot be read");
    const [epoch, seq, tag, lowest, count] = head;
    return { version: { epoch, seq, tag }, lowest, count };
  }

  const same = (one, other) => (one && other ? one.epoch === other.epoch && one.seq === other.seq && one.tag === other.tag : !one && !other);

  function record(text) {
    const read = parse(text);
    return Array.isArray(read) ? read : [];
  }

  /** What these keys hold, asked for all at once: over a network one after the other would take as many times as long. */
  async function read(keys, wanted) {
    const asked = await Promise.allSettled(wanted.map((key) => keys.get(key)));
    // All have ended: whoever has the lock leaves nothing under way.
    const failed = asked.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
    return wanted.map((key, at) => [key, asked[at].value]);
  }

  async function commit(keys, expect, { version, puts, deletes, entry, horizon }) {
    const head = await readHead(keys);
    if (!same(head?.version ?? null, expect)) return "stale";
    // The log of another epoch leads nowhere.
    const turned = head && head.version.epoch !== version.epoch;
    const goes = turned ? await keys.keys(LOG) : await outdated(keys, head, horizon);
    const lowest = turned ? version.seq : Math.max(head?.lowest ?? version.seq, horizon + 1);
    const writes = new Map(deletes.map((key) => [ENTRY + key, null]));
    for (const [key, value] of puts) writes.set(ENTRY + key, value);
    for (const key of goes) writes.set(key, null);
    writes.set(LOG + version.seq, textOf([version.epoch, version.tag, entry]));
    const count = (head?.count ?? 0) + 1;
    const after = textOf([version.epoch, version.seq, version.tag, lowest, count]);
    writes.set(HEAD, after);
    const found = new Map(await read(keys, [...writes.keys()]));
    try {
      await keys.set(UNDO, textOf([found.get(HEAD), after, [...found]]));
      for (const [key, value] of writes) await (value === null ? keys.delete(key) : keys.set(key, value));
    } catch (cause) {
      await takeBack(keys, found, cause);
    }
    try {
      await keys.delete(UNDO);
    } catch (cause) {
      throw unsure(cause);
    }
    await view?.wrote(count);
    return "committed";
  }

  async function takeBack(keys, found, cause) {
    try {
      await putBack(keys, found);
      await keys.delete(UNDO);
    } catch {
      // As long as `undo` is there, the next one puts it back; whether it is cannot be told.
      throw unsure(cause);
    }
    throw cause;
  }

  /** Keys of log entries that may go. Usually one; after a gap in the numbers they are looked for instead of tried. */
  async function outdated(keys, head, horizon) {
    const from = head?.lowest ?? horizon + 1;
    if (horizon - from > 64) return (await keys.keys(LOG)).filter((key) => Number(key.slice(LOG.length)) <= horizon);
    return listOf(horizon - from + 1, (at) => LOG + (from + at));
  }

  return {
    locked: true,
    head: () => locked(async (keys) => (await readHead(keys))?.version ?? null),
    get: (wanted) =>
      locked(async (keys) => {
        const entries = await read(keys, wanted.map((key) => ENTRY + key));
        return entries.map(([, value]) => value);
      }),
    list: (begin, { after, limit }) =>
      locked(async (keys) => {
        const names = (await keys.keys(ENTRY + begin)).map((key) => key.slice(ENTRY.length));
        const page = names.filter((key) => after === undefined || key > after).sort().slice(0, limit);
        const entries = await read(keys, page.map((key) => ENTRY + key));
        return entries.map(([key, value]) => [key.slice(ENTRY.length), value]);
      }),
    commit: (expect, next) => locked((keys) => commit(keys, expect, next), true),
    since: (version) =>
      locked(async (keys) => {
        const head = await readHead(keys);
        if (!head || head.version.epoch !== version.epoch) return null;
        if (same(head.version, version)) return [];
        const [epoch, tag] = record(await keys.get(LOG + version.seq));
        if (epoch !== version.epoch || tag !== version.tag) return null;
        const behind = head.version.seq - version.seq;
        if (!(behind <= MOST_ENTRIES)) return null;
        const after = listOf(behind, (at) => LOG + (version.seq + 1 + at));
        const records = (await read(keys, after)).map(([, text]) => record(text));
        return records.every(([its]) => its === epoch) ? records.map(([, , entry]) => entry) : null;
      }),
  };
}

function unsure(cause) {
  return Object.assign(new Error("the store broke off in the middle of a commit", { cause }), { name: nameOf(cause), unknown: true });
}

function nameOf(cause) {
  try {
    return String(cause.name);
  } catch {
    return "Error";
  }
}
