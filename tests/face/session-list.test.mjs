// The list of what shows: in order, in pace with every change, and what was handed out stays as it was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sessionList } from "../../js/session-list.js";
import { snapshot } from "../../js/values.js";

/** Numbers that are the same in each run: a linear congruential generator. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const session = (id, createdAt, data = {}) => ({ id, userId: "u", createdAt, lastActiveAt: createdAt, expiresAt: null, status: "valid", version: 1, pending: false, data });
const inOrder = (sessions) => [...sessions].sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1));

/** Many changes, and what is handed out between them: each time what shows then, and to the end what showed then. */
function play(seed, { ids, steps, most }) {
  const below = numbers(seed);
  const list = sessionList();
  const model = new Map();
  const handedOut = [];
  const check = ({ seen, expected }) => {
    const at = expected.findIndex((session, at) => seen[at] !== session);
    assert.ok(seen.length === expected.length && at < 0, `seed ${seed}: ${seen.length} sessions, not ${expected.length}; another one at ${at}`);
    assert.ok(Object.isFrozen(seen));
  };
  for (let step = 0; step < steps; step++) {
    for (let changes = 1 + below(most); changes > 0; changes--) {
      const id = `s${below(ids)}`;
      const gone = below(4) === 0;
      if (gone) model.delete(id);
      // It stays where it is, or comes to stand elsewhere.
      else model.set(id, session(id, below(3) ? (model.get(id)?.createdAt ?? below(ids)) : below(ids), { step, changes }));
      list.put(id, model.get(id));
      assert.equal(list.get(id), model.get(id) ?? null);
    }
    if (below(3) === 0) continue;
    handedOut.push({ seen: list.all(), expected: inOrder(model.values()) });
    check(handedOut.at(-1));
  }
  for (const one of handedOut) check(one);
}

// First of all: code that was compiled for speed meanwhile would need less of the stack.
test("where the stack is full amid a change, what shows is whole once there is room again", () => {
  const list = sessionList();
  const model = new Map();
  const id = (n) => `s${n % 40}`;
  const made = (n) => session(id(n >> 1), (n * 7) % 40, { n });
  for (let n = 0; n < 40; n++) list.put(id(n), made(n * 2));
  list.all();
  let n = 0;
  const fill = () => {
    try {
      fill();
    } catch {
      // From here on there is a little more room at each step.
    }
    if (n >= 300) return;
    const next = ++n % 2 ? undefined : made(n);
    const at = id(n >> 1);
    try {
      list.put(at, next);
    } catch {
      // It is said again below.
    }
    model.set(at, next);
  };
  fill();
  // Whoever was not heard says it again.
  for (const [id, session] of model) list.put(id, session);
  assert.deepEqual(list.all(), inOrder([...model.values()].filter(Boolean)));
});

test("what is handed out is what shows, in order, and stays as it was", () => {
  for (let seed = 1; seed <= 40; seed++) play(seed, { ids: 12, steps: 60, most: 3 });
  for (let seed = 1; seed <= 5; seed++) play(seed, { ids: 1_500, steps: 20, most: 1_500 });
});

test("while nothing changes the list is the same, and the sessions that did not change are the same objects", () => {
  const list = sessionList();
  for (const at of [3, 1, 2]) list.put(`s${at}`, session(`s${at}`, at));
  const [before, again] = [list.all(), list.all()];
  assert.equal(before, again);
  const [one, two, three] = before;
  list.put("s2", session("s2", 2, { changed: true }));
  const after = list.all();
  assert.deepEqual([after[0] === one, after[1] === two, after[2] === three], [true, false, true]);
});

test("what is put as it was stays the same object, and the list with it", () => {
  const list = sessionList();
  const first = session("s", 1, { a: [1, { b: null }] });
  list.put("s", first);
  const before = list.all();
  list.put("s", session("s", 1, { a: [1, { b: null }] }));
  assert.equal(list.get("s"), first);
  list.put("nobody");
  assert.equal(list.all(), before);
  for (const other of [{ pending: true }, { version: 2 }, { lastActiveAt: 2 }, { expiresAt: 2 }, { status: "expired" }, { userId: "v" }, { data: { a: [1, {}] } }]) {
    const put = { ...first, ...other };
    list.put("s", put);
    assert.equal(list.get("s"), put);
  }
});

test("ids that name something in JavaScript are ids like any other", () => {
  const list = sessionList();
  const ids = ["__proto__", "constructor", "toString", "null", "undefined", "0", "-1", ""];
  for (const id of ids) assert.equal(list.get(id), null);
  for (const id of ids) list.put(id, session(id, 1));
  assert.deepEqual(list.all().map(({ id }) => id), [...ids].sort());
  for (const id of ids) list.put(id);
  assert.deepEqual(list.all(), []);
});

test("what was handed out and is held no more is collected with what is young", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const list = sessionList();
  for (let n = 0; n < 20_000; n++) list.put(`s${n}`, session(`s${n}`, n));
  let drawn;
  const draw = (n) => {
    list.put("s0", session("s0", 0, { n }));
    drawn = snapshot(list, "", 0, null, 0, 1, -1, null, 0, false, true, null);
    return drawn.sessions.length;
  };
  draw(0);
  collect();
  // So few that nothing is collected meanwhile.
  const before = process.memoryUsage().heapUsed;
  for (let n = 1; n <= 20; n++) draw(n);
  collect({ type: "minor" });
  const kept = process.memoryUsage().heapUsed - before;
  assert.ok(kept < 20_000 * 8 * 5, `20 lists of 20 000 sessions leave ${kept} bytes`);
});

test("where functions of the language are replaced, before or later, what is handed out is what shows", () => {
  const { slice, sort } = Array.prototype;
  const { [Symbol.iterator]: iterator } = Array.prototype;
  const fails = () => {
    throw new Error("replaced");
  };
  const mine = {
    throwing: { slice: fails, sort: fails },
    "giving nothing": { slice: () => undefined, sort: () => undefined },
    "giving another": { slice: () => [], sort() { this.length = 0; } },
  };
  for (const [name, replaced] of Object.entries(mine)) {
    // What is given to `apply` was taken when the script was loaded; so they are put into the way that it goes.
    Object.defineProperty(Array, Symbol.species, { configurable: true, get: name === "throwing" ? fails : () => class extends Array { constructor() { super(); this.length = 0; Object.freeze(this); } } });
    Object.assign(Array.prototype, replaced, { [Symbol.iterator]: fails });
    try {
      const list = sessionList();
      for (let at = 0; at < 500; at++) list.put(`s${at % 100}`, { id: `s${at % 100}`, createdAt: 1_000 - (at % 100), at });
      const before = list.all();
      list.put("s7");
      const after = list.all();
      if (after.length !== 99 || before.length !== 100) throw new Error(`${name}: ${before.length}, ${after.length}`);
      for (let at = 0; at < 100; at++) if (before[at].id !== `s${99 - at}`) throw new Error(`${name}: ${before[at].id} at ${at}`);
    } finally {
      delete Array[Symbol.species];
      Object.defineProperty(Array, Symbol.species, { configurable: true, get() { return this; } });
      Object.assign(Array.prototype, { slice, sort, [Symbol.iterator]: iterator });
    }
  }
});
