// How the store in IndexedDB lies in its database, and what it comes to whatever happens meanwhile (docs/storage.md).
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const stand = blankPages({ mounts: { "": here("page"), "/conformance": here("../../js/conformance") }, setting: "blocked" });

/** Longer than any wait of the store's own: it gives up a database that somebody holds on to after two seconds. */
const TIMEOUT = { timeout: 120_000 };

/** What `task` comes to in a page of its own that has `db` (page/database.js), `idle`, and `open(name)`, a new handle to a store. */
async function inPage(t, task, ...args) {
  const page = await stand.open("service");
  t.after(() => page.close());
  await page.evaluate(async () => {
    window.db = await import("/database.js");
    // The package takes the browser's timers when it is loaded.
    window.idle = db.holdIdle();
    window.open = (await import("/package/service.js")).indexedDbProvider;
  });
  return page.evaluate(task, ...args);
}

test("a commit touches the log alone, and its record has all of it; what it comes to is folded into the entries later", TIMEOUT, async (t) => {
  const { touched, before, read, other, folds, after } = await inPage(t, async () => {
    const { commit, fill, look, onTransactions, until, version } = db;
    const store = open("a");
    await fill(store, 2);
    const touched = [];
    onTransactions({ seen: (tables, mode, { durability }) => touched.push([tables, mode, durability]) });
    await store.commit(version(2), commit(3, { k: "v3" }, ["own/1"], { horizon: 1 }));
    const here = [...touched];
    const before = await look("a");
    const reads = async (store) => [await store.get(["k", "own/1"]), await store.list("own/", { limit: 9 }), (await store.head()).seq];
    const [read, other] = [await reads(store), await reads(open("a"))];
    const folds = idle.pass() > 0;
    await until(async () => (await look("a")).folded === 3, "a fold");
    return { touched: here, before, read, other, folds, after: await look("a") };
  });
  assert.deepEqual(touched, [["log", "readwrite", "strict"]]);
  assert.deepEqual(before.log[3], [1, 3, "entry 3", [["k", "v3"]], ["own/1"], 1]);
  assert.deepEqual([before.folded, before.entries], [1, { k: "v1", "own/1": "x" }], "the first commit alone");
  assert.deepEqual(read, [["v3", null], [["own/2", "x"]], 3]);
  assert.deepEqual(other, read);
  assert.ok(folds);
  assert.deepEqual([after.entries, after.log], [{ k: "v3", "own/2": "x" }, before.log]);
});

test("it is folded after 256 commits, after 1 MiB, and when nobody has committed for a while", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { commit, fill, look, onTransactions, until, version, isFold } = db;
    let folds = 0;
    onTransactions({ seen: (tables, mode) => (folds += isFold(tables, mode)) });
    const store = open("many");
    await fill(store, 255);
    const early = folds;
    await store.commit(version(255), commit(256, {}));
    await until(async () => (await look("many")).folded === 256, "a fold after 256 commits");
    await fill(open("much"), 1);
    const much = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`much/${at}`, "x".repeat(16 * 1024)]));
    await open("much").commit(version(1), commit(2, much));
    await until(async () => (await look("much")).folded === 2, "a fold after 1 MiB");
    const busy = folds;
    await fill(open("still"), 2);
    idle.pass();
    await until(async () => (await look("still")).folded === 2, "a fold after a pause");
    return { early, busy, folds };
  });
  assert.deepEqual(seen, { early: 0, busy: 2, folds: 3 });
});

test("a value over 16 KiB is written once, to the entries, by the commit itself", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { commit, fill, look, onTransactions, version } = db;
    const store = open("large");
    await fill(store, 2);
    const touched = [];
    onTransactions({ seen: (tables, mode) => mode === "readwrite" && touched.push(tables) });
    const [fits, over] = ["x".repeat(16 * 1024), "y".repeat(16 * 1024 + 1)];
    await store.commit(version(2), commit(3, { k: fits }));
    const small = await look("large");
    await store.commit(version(3), commit(4, { over, "own/4": "x" }, ["own/1"]));
    const large = await look("large");
    await store.commit(version(4), commit(5, { over: "short" }));
    const values = await open("large").get(["k", "over", "own/1", "own/2", "own/4"]);
    const same = (value, whole) => (value === whole ? "whole" : value);
    return {
      touched, small: [small.folded, small.log[3][3][0][1].length],
      large: [large.folded, same(large.entries.k, fits), same(large.entries.over, over), Object.keys(large.entries), large.log[4].slice(3)],
      values: values.map((value) => same(value, fits)), left: (await look("large")).entries.over.length,
    };
  });
  assert.deepEqual(seen, {
    touched: ["log", "entries,log,meta", "log"],
    small: [1, 16 * 1024],
    large: [4, "whole", "whole", ["k", "over", "own/2", "own/4"], [[], [], 0]],
    values: ["whole", "short", null, "x", "x"], left: 16 * 1024 + 1,
  });
});

test("records go up to the horizon, never one that is not folded, nor the last one; a log that begins late is not an empty store", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { commit, fill, look, until, version } = db;
    const store = open("pruned");
    const most = (seq) => ({ horizon: seq });
    const numbers = async () => Object.keys((await look("pruned")).log).map(Number);
    await fill(store, 64, most);
    const unfolded = await numbers();
    idle.pass();
    await until(async () => (await look("pruned")).folded === 64, "a fold");
    for (let seq = 65; seq <= 128; seq += 1) await store.commit(version(seq - 1), commit(seq, { k: `v${seq}` }, [], seq === 128 ? { horizon: 70 } : {}));
    const kept = await numbers();
    const [other, empty] = [open("pruned"), commit(1, { k: "lost" })];
    const stale = [await store.commit(null, empty), await other.commit(null, { ...empty, version: version(1, 2) }), await other.commit(version(1), commit(2, { k: "lost" }))];
    idle.pass();
    const since = [await other.since(version(63)), (await other.since(version(64))).length, await other.since(version(128))];
    await until(async () => (await look("pruned")).folded === 128, "a second fold");
    for (let seq = 129; seq <= 192; seq += 1) await store.commit(version(seq - 1), commit(seq, { k: `v${seq}` }, [], { horizon: 70 }));
    const bounded = await numbers();
    idle.pass();
    await until(async () => (await look("pruned")).folded === 192, "a third fold");
    await store.commit(version(192), commit(193, {}, [], { horizon: 189 }));
    const near = await numbers();
    return { unfolded: unfolded.length, kept: [kept[0], kept.at(-1), kept.length], stale, since, bounded: [bounded[0], bounded.length], near, head: (await other.head()).seq, value: await other.get(["k", "own/7"]) };
  });
  assert.deepEqual(seen, { unfolded: 64, kept: [64, 128, 65], stale: ["stale", "stale", "stale"], since: [null, 64, []], bounded: [71, 122], near: [190, 191, 192, 193], head: 193, value: ["v192", "x"] });
});

test("a commit that begins another epoch, of a lower number too, folds all before it and leaves a log of itself", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { commit, fill, look, version } = db;
    const store = open("turned");
    await fill(store, 5);
    const turn = (seq, epoch, puts) => ({ ...commit(seq, puts, ["own/2"], { horizon: seq }), version: version(seq, epoch) });
    const answers = [await store.commit(version(5), turn(2, 7, { k: "turned" }))];
    const lower = await look("turned");
    // The old epoch's numbers are free again, and lead nowhere.
    answers.push(await open("turned").commit(version(5), commit(6, { k: "lost" })), await open("turned").commit(version(2), commit(3, { k: "lost" })));
    answers.push(await store.commit(version(2, 7), turn(3, 7, { k: "on" })), await store.commit(version(3, 7), turn(9, 8, {})));
    const higher = await look("turned");
    return { answers, lower: [Object.keys(lower.log), lower.folded, lower.entries], higher: [Object.keys(higher.log), higher.folded, higher.entries] };
  });
  const entries = { "own/1": "x", "own/3": "x", "own/4": "x", "own/5": "x" };
  assert.deepEqual(seen, {
    answers: ["committed", "stale", "stale", "committed", "committed"],
    lower: [["2"], 2, { k: "turned", ...entries }], higher: [["9"], 9, { k: "on", ...entries }],
  });
});

test("operations that a new handle is asked at the same time all find what is not folded", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { fill, version } = db;
    await fill(open("at once"), 3);
    const store = open("at once");
    const [head, values, listed, log, again] = await Promise.all([store.head(), store.get(["k"]), store.list("own/", { limit: 2 }), store.since(version(1)), store.get(["own/3"])]);
    return [head.seq, values, listed.map(([key]) => key), log, again];
  });
  assert.deepEqual(seen, [3, ["v3"], ["own/1", "own/2"], ["entry 2", "entry 3"], ["x"]]);
});

test("a commit with something in it that is no text is refused, and the store stays readable", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { commit, fill, version } = db;
    const store = open("texts");
    await fill(store, 1);
    const wrong = [{ puts: [[5, "v"]] }, { puts: [["k", 5]] }, { deletes: [5] }, { entry: 5 }];
    const answers = [];
    for (const one of wrong) answers.push(await store.commit(version(1), { ...commit(2, {}), ...one }).catch(({ code, unknown }) => [code, unknown]));
    return { answers, head: (await store.head()).seq, entries: await open("texts").list("", { limit: 9 }) };
  });
  assert.deepEqual(seen, { answers: Array(4).fill(["storage_failed", false]), head: 1, entries: [["k", "v1"], ["own/1", "x"]] });
});

/** What others do to a store of three commits after a fold has read them, and before it writes. */
const BETWEEN = {
  "another tab has folded, and forgotten what it folded": {
    changes: { log: { 1: null, 2: null, 3: null, 4: [1, 4, "entry 4", [["k", "v4"]], ["own/2"], 3] }, entries: { k: "v4", "own/2": null, "own/3": "x" }, meta: { head: [1, 4, 4] } },
    left: { log: ["4"], folded: 4, entries: { k: "v4", "own/1": "x", "own/3": "x" } }, head: 4,
  },
  "the store is cleared": { clear: true, changes: {}, left: { log: [], folded: null, entries: {} }, head: null },
  "the store is cleared, and begun anew": {
    clear: true, changes: { log: { 1: [9, 1, "entry 1", [], [], 0] }, entries: { k: "new" }, meta: { head: [9, 1, 1] } },
    left: { log: ["1"], folded: 1, entries: { k: "new" } }, head: 1,
  },
  "another epoch is begun, of a lower number": {
    clear: true, changes: { log: { 2: [9, 2, "entry 2", [], [], 0] }, entries: { k: "turned" }, meta: { head: [9, 2, 2] } },
    left: { log: ["2"], folded: 2, entries: { k: "turned" } }, head: 2,
  },
};

for (const [at, [what, { changes, clear = false, left, head }]] of Object.entries(BETWEEN).entries()) {
  test(`a fold writes nothing if between its reading and its writing ${what}`, TIMEOUT, async (t) => {
    const found = await inPage(t, async (name, changes, clear) => {
      const { TABLES, ended, fill, isFold, look, onTransactions, write } = db;
        const store = open(name);
      await fill(store, 3);
      const over = new Promise((resolve) => {
        let done;
        onTransactions({
          first(tables, mode, database) {
            if (isFold(tables, mode)) done ??= write(database, changes, { clear: clear ? TABLES : [] });
          },
          seen: (tables, mode, transaction) => isFold(tables, mode) && resolve(ended(transaction)),
        });
      });
      idle.pass();
      await over;
      const left = await look(name);
      const [value] = await open(name).get(["k"]);
      return { left: { ...left, log: Object.keys(left.log) }, head: (await store.head())?.seq ?? null, value };
    }, `between ${at}`, changes, clear);
    assert.deepEqual(found, { left, head, value: left.entries.k ?? null });
  });
}

test("a frame that is lost while it folds leaves all there, and the next one folds it", TIMEOUT, async (t) => {
  const seen = await inPage(t, async () => {
    const { fill, isFold, look, onTransactions, until } = db;
    await fill(open("lost"), 3);
    const before = await look("lost");
    let lost = 0;
    onTransactions({
      // Lost between reading and writing: what fails is begun once more, on a new connection.
      first(tables, mode) {
        if (!isFold(tables, mode) || lost >= 2) return;
        lost += 1;
        throw new DOMException("lost", "InvalidStateError");
      },
      // Lost in the transaction that writes.
      seen(tables, mode, transaction) {
        if (!isFold(tables, mode)) return;
        lost += 1;
        if (lost === 3) transaction.objectStore("meta").get("head").onsuccess = () => transaction.abort();
      },
    });
    idle.pass();
    await until(() => lost === 2, "a fold that cannot begin");
    const amid = await look("lost");
    const reads = async (store) => [await store.get(["k"]), (await store.list("own/", { limit: 9 })).length, (await store.head()).seq];
    const [next, last] = [open("lost"), open("lost")];
    const read = [await reads(next)];
    idle.pass();
    await until(() => lost === 3, "a fold that does not end");
    read.push(await reads(last));
    const still = await look("lost");
    idle.pass();
    await until(async () => (await look("lost")).folded === 3, "a fold");
    read.push(await reads(next));
    return { same: [amid, still].map((one) => JSON.stringify(one) === JSON.stringify(before)), read, entries: (await look("lost")).entries };
  });
  assert.deepEqual(seen.same, [true, true]);
  assert.deepEqual(seen.read, Array(3).fill([["v3"], 3, 3]));
  assert.deepEqual(seen.entries, { k: "v3", "own/1": "x", "own/2": "x", "own/3": "x" });
});
