// A plain store on a service page whose own scripts replace functions of the language keeps what it is given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf, textOf } from "../../js/providers/plain.js";
import { forModule, fromKeyValue } from "../../js/providers/providers.js";

/** Replaced while `task` runs, as MooTools and Prototype replace them. */
async function amongStrangers(task) {
  const { from } = Array;
  Array.from = (of) => [].slice.call(of ?? []);
  for (const { prototype } of [Array, Object]) {
    Object.defineProperty(prototype, "toJSON", { value: () => "replaced", configurable: true, writable: true });
  }
  try {
    return await task();
  } finally {
    Array.from = from;
    for (const { prototype } of [Array, Object]) delete prototype.toJSON;
  }
}

function plainStore() {
  const map = new Map();
  const store = {
    get: async (key) => map.get(key) ?? null,
    set: async (key, value) => void map.set(key, value),
    delete: async (key) => void map.delete(key),
    keys: async () => [...map.keys()],
  };
  return { map, store };
}

const locks = () => {
  let last = Promise.resolve();
  return { request: (_name, _options, run) => (last = last.then(() => run({}), () => run({}))) };
};

const version = (seq) => ({ epoch: "0000000000e", seq, tag: `0000000000${seq}` });

test("commits, the log and what is read back are whole", async () => {
  const { store } = plainStore();
  const seen = await amongStrangers(async () => {
    const provider = fromKeyValue(store, { name: "s", locks: locks() });
    const ends = [];
    for (let seq = 1; seq < 6; seq++) {
      const next = { version: version(seq), puts: [[`k${seq}`, `v${seq}`]], deletes: seq > 3 ? [`k${seq - 3}`] : [], entry: `entry ${seq}`, horizon: seq - 3, durability: "strict" };
      ends.push(await provider.commit(seq === 1 ? null : version(seq - 1), next));
    }
    return { ends, head: await provider.head(), got: await provider.get(["k1", "k3", "k5"]), listed: await provider.list("k", { limit: 9 }), since: await provider.since(version(3)) };
  });
  assert.deepEqual(seen.ends, Array(5).fill("committed"));
  assert.deepEqual(seen.head, version(5));
  assert.deepEqual(seen.got, [null, "v3", "v5"]);
  assert.deepEqual(seen.listed, [["k3", "v3"], ["k4", "v4"], ["k5", "v5"]]);
  assert.deepEqual(seen.since, ["entry 4", "entry 5"]);
});

test("what a store answers reaches the module as it was", async () => {
  const { store } = plainStore();
  const provider = fromKeyValue(store, { name: "s", locks: locks() });
  await provider.commit(null, { version: version(1), puts: [["a", "1"], ["b", "2"]], deletes: [], entry: "e", horizon: 0, durability: "strict" });
  const got = await amongStrangers(async () => forModule(provider).ask("get", [["a", "b", "c"]]));
  assert.deepEqual(got, ["1", "2", null]);
});

test("texts are what JSON.stringify gives where nobody replaced anything", () => {
  for (const value of [[], {}, [1, "a\"b", null, [[]], { a: [{ b: -1 }] }], { from: "x", done: { seq: 1 } }]) assert.equal(textOf(value), JSON.stringify(value));
  assert.deepEqual([listOf(2, (at) => at), listOf(-1, (at) => at)], [[0, 1], []]);
});
