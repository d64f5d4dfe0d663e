// Moving to another store, broken off at every point.
import assert from "node:assert/strict";
import { test } from "node:test";
import { migrateStore } from "../../js/providers/migrate.js";
import { memoryProvider } from "../../js/providers/stores.js";
import { commit, version } from "../../js/conformance/play.js";
import { error } from "./stands.mjs";

const all = async (store) => Object.fromEntries(await store.list("", { limit: 99_999 }));

async function content(store) {
  const { migration, ...entries } = await all(store);
  return entries;
}

/** A store of `sessions` sessions with all that belongs to them, after two commits. */
async function source(sessions = 3) {
  const store = memoryProvider();
  const puts = { meta: "\u0001\u0000", active: "s1", "t/gone": "1", "c/https://a.example/1-2": "record", "d/s1": "state", later: "?" };
  for (let at = 0; at < sessions; at++) puts[`s/s${at}`] = `session ${at}`;
  await store.commit(null, commit(1, puts));
  await store.commit(version(1), commit(2, sessions ? { "s/s0": "changed" } : { active: "null" }));
  return store;
}

/** `store`, which dies before (or just after) its n-th operation; `operations` counts. */
function mortal(store, n, { after = false } = {}) {
  let done = 0;
  const wrap = (method) => async (...args) => {
    const dies = done++ >= n;
    if (dies && !(after && done === n + 1)) throw error("AbortError");
    const answer = await store[method](...args);
    if (dies) throw Object.assign(error("AbortError"), { unknown: method === "commit" });
    return answer;
  };
  const wrapped = Object.fromEntries(["head", "get", "list", "commit", "since"].map((method) => [method, wrap(method)]));
  return { ...wrapped, operations: () => done };
}

test("everything goes along, under the same epoch, and both stay readable", async () => {
  for (const count of [0, 3, 700]) {
    const [from, to] = [await source(count), memoryProvider()];
    const before = await all(from);
    assert.deepEqual(await migrateStore(from, to), { sessions: count });
    assert.deepEqual(await content(to), before);
    assert.deepEqual(await all(from), before);
    assert.deepEqual(await from.head(), version(2));
    const head = await to.head();
    assert.equal(head.epoch, version(2).epoch, "what pages hold was made on this epoch");
    assert.ok(head.seq > 2, "and on no later number");
    assert.equal(await to.since(version(2)), null, "pages get a snapshot");
    assert.deepEqual(await to.since(head), []);
    // A service goes on from there.
    assert.equal(await to.commit(head, { ...commit(head.seq + 1, { x: "y" }), version: { ...head, seq: head.seq + 1 } }), "committed");
    assert.deepEqual(await to.since(head), [`entry ${head.seq + 1}`]);
  }
});

test("broken off at any point and run again it ends complete; unfinished it is nobody's store", async () => {
  let points = 0;
  for (const side of ["from", "to"]) {
    for (const after of [false, true]) {
      for (let n = 0; ; n++) {
        const [from, to] = [await source(400), memoryProvider()];
        const before = await all(from);
        const breaking = mortal(side === "from" ? from : to, n, { after });
        const thrown = await (side === "from" ? migrateStore(breaking, to) : migrateStore(from, breaking)).then(() => null, (failure) => failure);
        if (thrown === null && breaking.operations() <= n) break;
        points++;
        const head = await to.head();
        if (head !== null && head.epoch !== version(1).epoch) {
          assert.equal((await all(to)).meta, undefined, "a service finds no layout it knows");
        } else if (head !== null) {
          assert.deepEqual(await content(to), before, "finished before it was told");
        }
        if (thrown) assert.equal(thrown.code, "storage_failed", `${side} ${n}: ${thrown}`);
        assert.deepEqual(await all(from), before);
        assert.deepEqual(await migrateStore(from, to), { sessions: 400 }, `${side} ${n}`);
        assert.deepEqual(await content(to), before, `${side} ${n}`);
      }
    }
  }
  assert.ok(points > 30, String(points));
});

test("what is written and removed meanwhile is in the copy as well", async () => {
  const from = await source(600);
  let seq = 2;
  const busy = { ...from, list: async (...args) => {
    const page = await from.list(...args);
    if (seq < 12) {
      const at = version(seq++);
      await from.commit(at, commit(seq, { [`s/new${seq}`]: "new", "s/s0": `changed ${seq}` }, [`s/s${seq * 50}`, `s/new${seq - 3}`]));
    }
    return page;
  } };
  const to = memoryProvider();
  const { sessions } = await migrateStore(busy, to);
  assert.deepEqual(await content(to), await all(from));
  assert.equal(sessions, Object.keys(await all(from)).filter((key) => key.startsWith("s/")).length);
  assert.ok(seq === 12);
});

test("a source that never rests is given up in the end, typed, and can be tried again", async () => {
  const from = await source(1);
  let seq = 2;
  const restless = { ...from, head: async () => {
    const at = version(seq++);
    await from.commit(at, commit(seq, { "s/s0": String(seq) }));
    return from.head();
  } };
  const to = memoryProvider();
  await assert.rejects(migrateStore(restless, to), { name: "SessionError", code: "conflict", retryable: true });
  assert.deepEqual(await migrateStore(from, to), { sessions: 1 });
});

test("run again after more was written, it follows; once the target is in use, it does not touch it", async () => {
  const [from, to] = [await source(2), memoryProvider()];
  await migrateStore(from, to);
  const head = await to.head();
  assert.deepEqual(await migrateStore(from, to), { sessions: 2 });
  assert.deepEqual(await to.head(), head, "nothing is left to be done");
  await from.commit(version(2), commit(3, { "s/more": "x" }, ["s/s1"]));
  assert.deepEqual(await migrateStore(from, to), { sessions: 2 });
  assert.deepEqual(await content(to), await all(from));
  const now = await to.head();
  await to.commit(now, { ...commit(now.seq + 1, { "s/own": "o" }), version: { ...now, seq: now.seq + 1 } });
  assert.deepEqual(await migrateStore(from, to), { sessions: 3 }, "all of the source is there");
  await from.commit(version(3), commit(4, { "s/late": "x" }));
  const used = await all(to);
  await assert.rejects(migrateStore(from, to), { code: "conflict" });
  assert.deepEqual(await all(to), used);
});

test("a target with other content, the source itself and an unfinished source are refused, untouched", async () => {
  const other = await source(1);
  await other.commit(version(2), { ...commit(3, {}), version: version(3, 9) });
  const staged = memoryProvider();
  const source2 = await source(400);
  await migrateStore(source2, mortal(staged, 5)).catch(() => {});
  assert.notEqual(await staged.head(), null);
  const spoilt = memoryProvider();
  await spoilt.commit(null, commit(1, { migration: "{" }));
  const empty = memoryProvider();
  const whole = memoryProvider();
  await migrateStore(source2, whole);
  for (const [from, to] of [[await source(), other], [other, other], [whole, whole], [await source(), spoilt], [empty, other], [staged, memoryProvider()], [other, staged]]) {
    const before = [await all(to), await to.head()];
    await assert.rejects(migrateStore(from, to), { name: "SessionError", code: "conflict" });
    assert.deepEqual([await all(to), await to.head()], before);
  }
  assert.deepEqual(await migrateStore(empty, memoryProvider()), { sessions: 0 });
});

test("two at once into one target end with one whole copy", async () => {
  for (let round = 0; round < 10; round++) {
    const [from, to] = [await source(300), memoryProvider()];
    const slow = (store) => Object.fromEntries(["head", "get", "list", "commit", "since"].map((method) => [method, async (...args) => {
      await new Promise((resolve) => (Math.random() < 0.5 ? setImmediate(resolve) : resolve()));
      return store[method](...args);
    }]));
    const both = await Promise.all([migrateStore(from, slow(to)), migrateStore(from, slow(to))]);
    assert.deepEqual(both, [{ sessions: 300 }, { sessions: 300 }]);
    assert.deepEqual(await content(to), await all(from));
  }
});
