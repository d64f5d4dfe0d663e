// The sessions that show, by id and in the order of a snapshot. One change costs the same however many there are: what is handed out
// is a copy, made when it is asked for. A snapshot holds the copy itself and not a getter that makes it when it is read: V8 keeps each
// new getter, and the copy with it, until it next collects all memory, which takes many times as long as the copies.

import { isSame } from "./differing.js";
import { works } from "./works.js";

const { freeze } = Object;
const { apply } = Reflect;
const { slice } = Array.prototype;

/** After so many changes between two snapshots the list is put in order anew, and not for each of them. */
const MANY = 500;

/** By when they were added, then by id. */
const order = (one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);

/** A list of nothing yet. */
export function sessionList() {
  const byId = { __proto__: null };
  /** In order. `undefined` amid changes. */
  let list = [];
  /** How many changes there were since a snapshot was last made. */
  let changes = 0;
  /** The frozen copy of the list, until something changes. */
  let shown;

  return {
    /** What shows of this session, or `null`. */
    get: (id) => byId[id] ?? null,

    /** From now on `session` shows of this id, or nothing. One that is as it was stays the same object. */
    put(id, session) {
      const before = byId[id];
      if (!isSame(before, session)) {
        shown = undefined;
        if (session) byId[id] = session;
        else delete byId[id];
        const kept = ++changes > MANY ? undefined : list;
        // Where the stack is full, the list is made anew.
        list = undefined;
        if (kept) replace(kept, before, session);
        list = kept;
      }
    },

    /** The frozen list of what shows now: the same until something changes. */
    all() {
      changes = 0;
      list ??= sorted(byId);
      return (shown ??= freeze(copy(list)));
    },
  };
}

/** Puts `session` in the place of `before`; either may be missing. */
function replace(list, before, session) {
  let at = before ? place(list, before) : list.length;
  if (session) {
    for (; at > 0 && order(session, list[at - 1]) < 0; at--) list[at] = list[at - 1];
    for (; at < list.length - 1 && order(session, list[at + 1]) > 0; at++) list[at] = list[at + 1];
    list[at] = session;
  } else {
    for (at++; at < list.length; at++) list[at - 1] = list[at];
    list.length--;
  }
}

/** Where this session is. */
function place(list, session) {
  let from = 0;
  let to = list.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(list[middle], session) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** All of them in order: merged from runs, each round from runs twice as long. A page may have another `sort` in place of that of arrays. */
function sorted(byId) {
  let list = [];
  for (const id in byId) list[list.length] = byId[id];
  const { length } = list;
  for (let run = 1; run < length; run *= 2) {
    const merged = [];
    for (let at = 0; at < length; ) {
      let left = at;
      const middle = left + run;
      let right = middle;
      for (const end = middle + run; at < end && at < length; at++) {
        merged[at] = list[right < end && right < length && (left === middle || order(list[right], list[left]) < 0) ? right++ : left++];
      }
    }
    list = merged;
  }
  return list;
}

/** The function of the language is twice as fast as a loop. A page may have another in its place: what it gives is looked at. */
function copy(list) {
  const copied = works(() => apply(slice, list, []));
  if (copied !== list && copied?.length === list.length && copied[0] === list[0]) return copied;
  const own = [];
  for (let at = 0; at < list.length; at++) own[at] = list[at];
  return own;
}
