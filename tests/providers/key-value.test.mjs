// Plain stores under one lock: the whole suite, in trouble too; then what is theirs alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConformance, conformance } from "../../js/conformance/index.js";
import { commit, version } from "../../js/conformance/play.js";
import { fromKeyValue, memoryProvider } from "../../js/providers/stores.js";
import { FakeLocks, TabLocks, error, perStore, plain } from "./stands.mjs";

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
    const tab = new TabLocks(locks);
    world(name).crash?.in(tab);
    delete world(name).crash;
    return fromKeyValue(plain(map, { fault }), { locks: tab, boundMs: 2_000 });
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
      let [crashed, tab] = [false];
      const crash = (method, writes) => {
        crashed ||= writes >= after && (method === "set" || method === "delete");
        if (crashed) tab.die();
        return crashed ? "lost" : undefined;
      };
      world(name).crash = Object.assign(crash, { in: (its) => (tab = its) });
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

test("what is read together is asked for together, and none of it outlives the lock", async () => {
  const [map, locks] = [new Map(), new FakeLocks()];
  const names = Array.from({ length: 50 }, (_, at) => `k${at}`);
  await fromKeyValue(plain(map), { locks }).commit(null, commit(1, Object.fromEntries(names.map((name) => [name, name]))));
  let [underWay, most, broken] = [0, 0];
  const get = async (key) => {
    if (broken && key.endsWith(broken)) throw new Error("this one is broken");
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay--;
    return plain(map).get(key);
  };
  const slow = fromKeyValue({ ...plain(map), get }, { locks });
  assert.deepEqual(await slow.get(names), names);
  assert.deepEqual(await slow.list("k", { limit: 50 }), names.map((name) => [name, name]).sort());
  assert.equal(most, 50);
  broken = "k7";
  await assert.rejects(slow.get(names), /this one is broken/);
  assert.equal(underWay, 0);
});

/** A bound of this length ends when that is said, and not by the clock: the machine may have much else to do. */
function boundByHand(boundMs) {
  const { setTimeout } = globalThis;
  let over;
  globalThis.setTimeout = (run, ms, ...args) => (ms === boundMs ? void (over = run) : setTimeout(run, ms, ...args));
  return () => {
    globalThis.setTimeout = setTimeout;
    over();
  };
}

for (const late of ["set undo", "set e:a", "set l:3", "set head", "delete undo"]) {
  test(`a handle that failed at its bound keeps the lock while \`${late}\` is under way, and begins nothing after`, async () => {
    const [map, locks] = [new Map(), new FakeLocks()];
    const sound = fromKeyValue(plain(map), { locks });
    await sound.commit(null, commit(1, { a: "1", b: "1" }));
    await sound.commit(version(1), commit(2, { a: "2", b: "2" }));
    let land;
    const writes = [];
    const slowly = (method) => async (...args) => {
      writes.push(args[0]);
      if (!land && `${method} ${args[0]}` === late.replace(" ", " session-bridge:default:")) await new Promise((resolve) => (land = resolve));
      return plain(map)[method](...args);
    };
    const one = fromKeyValue({ ...plain(map), set: slowly("set"), delete: slowly("delete") }, { locks, boundMs: 7_777 });
    const mine = { ...commit(3, { a: "lost", c: "lost" }), version: { ...version(3), tag: version(99).tag } };
    const end = boundByHand(7_777);
    const committing = one.commit(version(2), mine).catch((thrown) => thrown);
    while (!land) await new Promise((resolve) => setTimeout(resolve));
    end();
    const lost = await committing;
    assert.equal(lost.code, "storage_failed");
    assert.equal(lost.unknown, true, "the write under way may be the last one");
    let answer;
    const waiting = sound.commit(version(2), commit(3, { a: "3", b: "3" })).then((its) => (answer = its));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(answer, undefined, "nobody writes beside a write that is under way");
    const begun = writes.length;
    land();
    await waiting;
    assert.equal(writes.length, begun, "none follows it");
    // The head makes it a commit, late or not.
    const [head, entries, told] = ["set head", "delete undo"].includes(late) ? [mine.version, [["a", "lost"], ["b", "2"], ["c", "lost"]], "stale"] : [version(3), [["a", "3"], ["b", "3"]], "committed"];
    assert.equal(answer, told);
    const third = fromKeyValue(plain(map), { locks });
    assert.deepEqual(await third.head(), head);
    assert.deepEqual(await third.list("", { limit: 9 }), entries);
    assert.equal(await third.commit(head, commit(4, {})), "committed", "and can be built on");
  });
}

test("hostile 40: a page that is put to sleep begins nothing further, and keeps the lock for what is under way", async () => {
  const heard = {};
  globalThis.addEventListener = (name, listener) => (heard[name] = listener);
  const { alone } = await import("../../js/providers/lock.js?asleep");
  const locks = new FakeLocks();
  let land;
  let begun = 0;
  const work = async (check) => {
    for (;;) {
      check();
      begun++;
      await new Promise((resolve) => (land = resolve));
    }
  };
  const attempt = alone(() => locks, "a", work, { writes: true }).catch((thrown) => thrown);
  await new Promise((resolve) => setTimeout(resolve));
  heard.pagehide();
  delete globalThis.addEventListener;
  assert.equal((await attempt).unknown, true);
  assert.equal(locks.count("a"), 1);
  land();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([locks.count("a"), begun], [0, 1]);
  await assert.rejects(alone(() => locks, "a", work), failing("storage_failed"));
  assert.equal(begun, 1);
});

test("an undo that lands after others have committed is dropped", async () => {
  const [map, locks] = [new Map(), new FakeLocks()];
  const sound = fromKeyValue(plain(map), { locks });
  await sound.commit(null, commit(1, { a: "1", b: "1" }));
  let land;
  // It gives up waiting for its server, where the write arrives in the end.
  const impatient = {
    ...plain(map),
    set: async (key, value) => {
      if (!key.endsWith(":undo")) return plain(map).set(key, value);
      land = () => map.set(key, value);
      throw error("TimeoutError");
    },
  };
  const one = fromKeyValue(impatient, { locks });
  await assert.rejects(one.commit(version(1), { ...commit(2, { a: "lost" }), version: { ...version(2), tag: version(99).tag } }), { name: "TimeoutError" });
  assert.equal(await sound.commit(version(1), commit(2, { a: "2", b: "2" })), "committed");
  land();
  assert.deepEqual(await sound.head(), version(2), "what was confirmed stays");
  assert.deepEqual(await sound.list("", { limit: 9 }), [["a", "2"], ["b", "2"]]);
  assert.equal(map.has("session-bridge:default:undo"), false);
});

test("hostile 40: waiting for the lock has an end, which is a failure and not a doubt", async () => {
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
  assert.equal(await fromKeyValue(plain(new Map()), { locks }).commit(null, commit(1, {})), "committed");
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

test("hostile 45: a spoilt head, entry or log entry is a failure or told as it is, never skipped", async () => {
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
    "denies its head": (store) => ({ ...store, since: async (at) => {
      const entries = await store.since(at);
      return entries?.length ? entries : null;
    } }),
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

test("a store that cannot be opened or closed does not hold up the suite", async () => {
  const never = () => new Promise(() => {});
  const refusing = () => Promise.reject(new Error("closed already"));
  const run = (open) => conformance(open, { deadlineMs: 50, only: /^an empty store/ });
  const [opening] = await run(never);
  assert.match(opening.detail, /open\(\) after 50 ms/);
  const [closing] = await run(() => ({ ...memoryProvider(), close: never }));
  assert.match(closing.detail, /close\(\) of handle 0 after 50 ms/);
  assert.deepEqual([opening.ok, closing.ok], [false, false]);
  const [refused] = await run(() => ({ ...memoryProvider(), close: refusing }));
  assert.equal(refused.ok, true);
});
