// Plain stores under one lock: the whole suite, in trouble too; then what is theirs alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConformance, conformance } from "../../js/conformance/index.js";
import { commit, version } from "../../js/conformance/play.js";
import { fromKeyValue, memoryProvider } from "../../js/providers/stores.js";
import { FakeLocks, error, perStore, plain } from "./stands.mjs";

const failing = (code) => (thrown) => thrown.code === code;

test("a store in memory keeps the contract", async () => {
  const results = await assertConformance(perStore(() => memoryProvider()));
  assert.ok(results.length > 20);
  assert.deepEqual(results.filter(({ skipped }) => skipped).length, 4);
  assert.ok(results.every((result) => result.locked === undefined));
});

test("a plain store under a lock keeps the contract, in every trouble, and is marked", async () => {
  const world = perStore(() => ({ map: new Map(), locks: new FakeLocks(), fault: () => {} }));
  const open = (name) => {
    const { map, locks } = world(name);
    // A handle that is opened in a crash keeps it to itself; all others have the store's present trouble.
    const fault = world(name).crash ?? ((...call) => world(name).fault(...call));
    delete world(name).crash;
    return fromKeyValue(plain(map, { fault }), { locks, boundMs: 300 });
  };
  const put = (name, fault) => {
    world(name).fault = fault;
    return () => (world(name).fault = () => {});
  };
  let crashes = 0;
  const faults = {
    full: (name) => {
      const room = world(name).map.size;
      return put(name, (method, _, [key]) => {
        if (method === "set" && !world(name).map.has(key) && world(name).map.size > room) throw error("QuotaExceededError");
      });
    },
    denied: (name) => put(name, () => { throw error("SecurityError"); }),
    newer: (name) => put(name, () => { throw error("VersionError"); }),
    crash: (name, after) => {
      let crashed = false;
      world(name).crash = (method, writes) => {
        crashed ||= writes >= after && (method === "set" || method === "delete");
        return crashed ? "lost" : undefined;
      };
      return () => {
        crashes++;
        return crashed;
      };
    },
  };
  const results = await assertConformance(open, { faults });
  assert.ok(results.every((result) => result.locked && !result.skipped));
  assert.ok(crashes > 5, `crashed after ${crashes} different writes`);
});

test("a handle that lost its lock half-way touches nothing any more", async () => {
  const [map, locks] = [new Map(), new FakeLocks()];
  const touched = [];
  let hang;
  const slow = plain(map, {
    fault: (method, _, [key]) => void touched.push(`${method} ${key}`),
  });
  const hanging = { ...slow, set: async (key, value) => {
    if (key.endsWith("head")) await new Promise((resolve) => (hang = resolve));
    return slow.set(key, value);
  } };
  const one = fromKeyValue(hanging, { locks, boundMs: 80 });
  const other = fromKeyValue(plain(map), { locks, boundMs: 2_000 });
  const lost = await one.commit(null, commit(1, { a: "1", b: "2" })).catch((thrown) => thrown);
  assert.equal(lost.code, "storage_failed");
  assert.equal(lost.unknown, true, "others may have found it done or undone");
  assert.equal(await other.head(), null, "put back");
  assert.deepEqual(await other.list("", { limit: 9 }), []);
  const before = touched.length;
  hang();
  await new Promise((resolve) => setTimeout(resolve, 20));
  // The write that was under way when the lock went cannot be recalled; none follows it.
  assert.ok(touched.length - before <= 1, touched.slice(before).join());
});

test("waiting for the lock has an end, which is a failure and not a doubt", async () => {
  const locks = new FakeLocks();
  const store = fromKeyValue(plain(new Map()), { locks, boundMs: 50 });
  let release;
  const holding = locks.request("session-bridge:default:kv", {}, () => new Promise((resolve) => (release = resolve)));
  for (const attempt of [() => store.commit(null, commit(1, {})), () => store.head()]) {
    const thrown = await attempt().catch((failure) => failure);
    assert.equal(thrown.code, "storage_failed");
    assert.equal(thrown.unknown, false);
  }
  release();
  await holding;
  assert.equal(locks.count("session-bridge:default:kv"), 0, "none waits on");
  assert.equal(await store.commit(null, commit(1, {})), "committed");
});

test("without locks nothing is touched", async () => {
  const map = new Map();
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const store = fromKeyValue(plain(map));
  await assert.rejects(store.commit(null, commit(1, { a: "1" })), failing("storage_failed"));
  const refusing = fromKeyValue(plain(map), { locks: { request: () => { throw error("SecurityError"); } } });
  await assert.rejects(refusing.commit(null, commit(1, { a: "1" })), { name: "SecurityError" });
  assert.equal(map.size, 0);
});

test("stores of two names in one plain store do not see one another, nor what else is there", async () => {
  const [map, locks] = [new Map([["head", "not ours"], ["a", "b"]]), new FakeLocks()];
  const [one, other] = ["a", "a:e"].map((name) => fromKeyValue(plain(map), { name, locks }));
  await one.commit(null, commit(1, { "head": "x", "e:head": "y" }));
  assert.equal(await other.head(), null);
  assert.deepEqual(await other.list("", { limit: 9 }), []);
  await other.commit(null, commit(1, { head: "z" }));
  assert.deepEqual(await one.list("", { limit: 9 }), [["e:head", "y"], ["head", "x"]]);
  assert.equal(map.get("head"), "not ours");
});

test("log entries beyond the horizon leave the plain store", async () => {
  const [map, locks] = [new Map(), new FakeLocks()];
  const store = fromKeyValue(plain(map, { slow: false }), { locks });
  const logged = () => [...map.keys()].filter((key) => key.includes(":l:")).length;
  for (let seq = 1; seq <= 20; seq++) {
    await store.commit(seq > 1 ? version(seq - 1) : null, commit(seq, {}, [], { horizon: Math.max(0, seq - 5) }));
  }
  assert.equal(logged(), 5);
  await store.commit(version(20), commit(1_000_000, {}, [], { horizon: 999_999 }));
  assert.equal(logged(), 1, "numbers that are missing are not tried one by one");
  await store.commit(version(1_000_000), { ...commit(3, {}), version: version(3, 2) });
  assert.equal(logged(), 1, "the log of another epoch leads nowhere");
});

test("a spoilt head, entry or log entry is a failure or told as it is, never skipped", async () => {
  const [map, locks] = [new Map(), new FakeLocks()];
  const store = fromKeyValue(plain(map), { locks });
  await store.commit(null, commit(1, { a: "1" }));
  await store.commit(version(1), commit(2, {}));
  await store.commit(version(2), commit(3, {}));
  map.set("session-bridge:default:l:2", "{");
  assert.equal(await store.since(version(1)), null, "it does not know what came between");
  map.set("session-bridge:default:e:a", 5);
  await assert.rejects(store.get(["a"]), TypeError);
  map.set("session-bridge:default:head", "}");
  await assert.rejects(store.head(), TypeError);
  await assert.rejects(store.commit(null, commit(1, {})), TypeError);
});

test("the suite finds what is broken", async () => {
  const broken = {
    "takes every commit": (store) => ({ ...store, commit: async (_, next) => store.commit(await store.head(), next) }),
    "takes none": (store) => ({ ...store, commit: async () => "stale" }),
    "rejects instead of stale": (store) => ({ ...store, commit: async (...args) => {
      if ((await store.commit(...args)) === "stale") throw new Error("stale");
      return "committed";
    } }),
    "forgets deletes": (store) => ({ ...store, commit: (expect, next) => store.commit(expect, { ...next, deletes: [] }) }),
    "ignores the limit": (store) => ({ ...store, list: (prefix, options) => store.list(prefix, { ...options, limit: 999 }) }),
    "begins again at after": (store) => ({ ...store, list: (prefix, { limit }) => store.list(prefix, { limit }) }),
    "lists backwards": (store) => ({ ...store, list: async (...args) => (await store.list(...args)).reverse() }),
    "gives undefined": (store) => ({ ...store, get: async (keys) => (await store.get(keys)).map((value) => value ?? undefined) }),
    "claims a log": (store) => ({ ...store, since: async (at) => (await store.since(at)) ?? [] }),
    "has no log": (store) => ({ ...store, since: async () => null }),
    "ignores the tag": (store) => ({ ...store, since: async (at) => store.since({ ...at, tag: (await store.head())?.tag ?? at.tag }) }),
    "commits in halves": (store) => ({ ...store, commit: async (expect, next) => {
      const half = { ...next, puts: next.puts.slice(0, 1), deletes: [] };
      if (next.puts.length < 2 || expect === null) return store.commit(expect, next);
      const answer = await store.commit(expect, half);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return answer === "committed" ? store.commit(next.version, { ...next, version: next.version }) : answer;
    } }),
    "never answers": (store) => ({ ...store, head: () => new Promise(() => {}) }),
    "cuts long values": (store) => ({ ...store, get: async (keys) => (await store.get(keys)).map((value) => value?.slice(0, 65_535) ?? null) }),
    "keeps the watch": (store) => ({ ...store, watch: (changed) => (store.watch(changed), () => {}) }),
  };
  for (const [name, spoil] of Object.entries(broken)) {
    const results = await conformance(perStore(() => spoil(memoryProvider())), { deadlineMs: 400 });
    assert.ok(results.some(({ ok }) => !ok), `nothing was found of a store that ${name}`);
  }
  await assert.rejects(
    assertConformance(perStore(() => broken["has no log"](memoryProvider()))),
    /of \d+ cases failed:\n {2}.*\n {4}.*step \d+: .*since\(.*expected .*answered/,
  );
});
