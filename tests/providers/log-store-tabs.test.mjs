// The store in IndexedDB among tabs: of other builds, frozen, lost amid their work, and many at a time.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const stand = blankPages({ mounts: { "": here("page"), "/conformance": here("../../js/conformance") }, setting: "blocked" });
const TIMEOUT = { timeout: 240_000 };

/** A page that has `db` (page/database.js) and `open(name)`, a new handle to a store. */
async function opened(t) {
  const page = await stand.open("service");
  t.after(() => page.close().catch(() => {}));
  await page.evaluate(async () => {
    const { indexedDbProvider } = await import("/package/service.js");
    Object.assign(window, { open: indexedDbProvider, db: await import("/database.js") });
  });
  return page;
}

/** A database of the first layout, whose log has no puts, with commits 2 and 3 in its log. It stays open, and hears nothing. */
const olderLayout = async (name) => {
  const opening = indexedDB.open(`session-bridge:${name}`, 1);
  opening.onupgradeneeded = () => {
    const [entries, log, meta] = ["entries", "log", "meta"].map((table) => opening.result.createObjectStore(table));
    for (const [key, value] of [["k", "v3"], ["own/1", "x"]]) entries.put(value, key);
    for (const seq of [2, 3]) log.put([1, seq, `entry ${seq}`], seq);
    meta.put([1, 3, 3], "head");
    meta.put(5, "probe");
  };
  window.older = await db.settled(opening);
};

test("a database of the first layout is taken over as it is, and no build that knows no other opens it again", TIMEOUT, async (t) => {
  const page = await opened(t);
  await page.evaluate(olderLayout, "older");
  const seen = await page.evaluate(async () => {
    window.older.close();
    const { commit, look, raw, version } = db;
    const store = open("older");
    const before = [(await store.head()).seq, await store.get(["k"]), await store.list("", { limit: 9 }), await store.since(version(2)), await store.since(version(1))];
    const answers = [await store.commit(version(2), commit(3, { k: "lost" })), await store.commit(version(3), commit(4, { k: "v4" }, ["own/1"]))];
    const old = await raw("older", 1).catch((error) => error.name);
    return { before, answers, old, log: Object.keys((await look("older")).log), after: [await store.list("", { limit: 9 }), await store.since(version(2))] };
  });
  assert.deepEqual(seen, {
    before: [3, ["v3"], [["k", "v3"], ["own/1", "x"]], ["entry 3"], null], answers: ["stale", "committed"],
    old: "VersionError", log: ["2", "3", "4"], after: [[["k", "v4"]], ["entry 3", "entry 4"]],
  });
});

test("whoever waits for an older build to let go of the database is told after two seconds, and goes on once it is free", TIMEOUT, async (t) => {
  const [holder, page] = [await opened(t), await opened(t)];
  await holder.evaluate(olderLayout, "held");
  const refused = await page.evaluate(async () => {
    const { commit, version } = db;
    window.store = open("held");
    const began = performance.now();
    const refused = await window.store.commit(version(3), commit(4, { k: "v4" })).catch(({ code, unknown }) => [code, unknown ?? false]);
    return { refused, waited: performance.now() - began > 1_900, again: await window.store.head().catch(({ code }) => code) };
  });
  assert.deepEqual(refused, { refused: ["storage_failed", false], waited: true, again: "storage_failed" });
  await holder.evaluate(() => window.older.close());
  const seen = await page.evaluate(async () => {
    const { commit, until, version } = db;
    await until(() => window.store.head().then(() => true, () => false), "the database");
    return [await window.store.commit(version(3), commit(4, { k: "v4" })), await window.store.get(["k"])];
  });
  assert.deepEqual(seen, ["committed", ["v4"]]);
});

test("each page that waits for an older build to let go is told after two seconds, not only the first", TIMEOUT, async (t) => {
  const [holder, ...waiting] = [await opened(t), await opened(t), await opened(t)];
  await holder.evaluate(olderLayout, "queue");
  const heads = await Promise.all(waiting.map((page) => page.evaluate(() => {
    window.store = open("queue");
    return window.store.head().catch(({ code }) => code);
  })));
  assert.deepEqual(heads, ["storage_failed", "storage_failed"]);
  await holder.evaluate(() => window.older.close());
  const seen = await Promise.all(waiting.map((page) => page.evaluate(async () => {
    await db.until(() => window.store.head().then(() => true, () => false), "the database");
    return (await window.store.head()).seq;
  })));
  assert.deepEqual(seen, [3, 3]);
});

test("whoever waits for a frozen page of an older build is told after two seconds", TIMEOUT, async (t) => {
  const [frozen, page] = [await opened(t), await opened(t)];
  await frozen.evaluate(olderLayout, "asleep");
  const session = await frozen.createCDPSession();
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  assert.equal(await page.evaluate(() => open("asleep").head().catch(({ code }) => code)), "storage_failed");
});

const LISTS = {
  "that something else holds up": () => {},
  "in a browser that cannot list databases": () => (IDBFactory.prototype.databases = undefined),
  "while the list of databases never comes": () => (IDBFactory.prototype.databases = () => new Promise(() => {})),
  "while the list of databases fails": () => (IDBFactory.prototype.databases = () => Promise.reject(new Error("no"))),
};
for (const [what, change] of Object.entries(LISTS)) {
  test(`whoever waits for a database ${what} waits on until it opens`, TIMEOUT, async (t) => {
    const page = await opened(t);
    await page.evaluate(change);
    const seen = await page.evaluate(async () => {
      const { commit, raw } = db;
      await open("slow").commit(null, commit(1, { k: "v1" }));
      const held = await raw("slow");
      // Whoever deletes a database waits until nobody holds it, and whoever opens it afterwards waits with him.
      dispatchEvent(new Event("pagehide"));
      const deleted = db.settled(indexedDB.deleteDatabase("session-bridge:slow"));
      const began = performance.now();
      setTimeout(() => held.close(), 5_000);
      const head = await open("slow").head();
      await deleted;
      return { head, waited: performance.now() - began > 4_900 };
    });
    assert.deepEqual(seen, { head: null, waited: true });
  });
}

test("a frozen page keeps nobody from the database", TIMEOUT, async (t) => {
  const [frozen, page] = [await opened(t), await opened(t)];
  await frozen.evaluate(async () => {
    window.store = open("frozen");
    await db.fill(window.store, 2);
  });
  const session = await frozen.createCDPSession();
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  const opened2 = await page.evaluate(() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("session-bridge:frozen", 99);
    opening.onblocked = () => resolve("blocked");
    opening.onsuccess = () => (opening.result.close(), resolve("open"));
    opening.onerror = () => reject(opening.error);
  }));
  assert.equal(opened2, "open");
});

test("what a page that is put aside was committing is told as unknown, and the page goes on when it is back", TIMEOUT, async (t) => {
  const page = await opened(t);
  const seen = await page.evaluate(async () => {
    const { commit, fill, onTransactions, version } = db;
    const store = open("aside");
    await fill(store, 1);
    let closed = 0;
    const { close } = IDBDatabase.prototype;
    IDBDatabase.prototype.close = function () {
      closed += 1;
      return close.call(this);
    };
    onTransactions({
      seen: (tables, mode) => mode === "readwrite" && closed === 0 && queueMicrotask(() => dispatchEvent(new Event("pagehide"))),
    });
    const unknown = await store.commit(version(1), commit(2, { k: "v2" })).catch(({ unknown }) => unknown);
    const head = (await store.head()).seq;
    return { unknown, closed, head, next: await store.commit(version(1), commit(2, { k: "v2" })), value: await store.get(["k"]) };
  });
  assert.deepEqual(seen, { unknown: true, closed: 1, head: 1, next: "committed", value: ["v2"] });
});

/** Commits over all that is there, again and again. Each is large enough for a fold to follow it at once. */
const churn = async (name, who, rounds) => {
  const { commit, version } = db;
  const store = open(name);
  const versionOf = (head) => head && { epoch: head.epoch, seq: head.seq, tag: head.tag };
  window.won = 0;
  while (window.won < rounds) {
    const head = await store.head();
    const seq = (head?.seq ?? 0) + 1;
    const puts = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`all/${String(at).padStart(2, "0")}`, `${seq} ${"x".repeat(16_000)}`]));
    const next = commit(seq, { ...puts, [`one/${seq}`]: who }, [`one/${seq - 1}`], { horizon: Math.max(0, seq - 4) });
    next.version.tag = version(seq * 10 + who.charCodeAt(0) % 10).tag;
    if ((await store.commit(versionOf(head), next)) === "committed") window.won += 1;
  }
  return window.won;
};

/** What the store comes to, by a handle and by its tables: the numbers in it, which are one if it is whole. */
const found = (name) => {
  const { look } = db;
  const store = open(name);
  const read = async () => {
    const { seq } = await store.head();
    const all = await store.list("all/", { limit: 99 });
    const one = await store.list("one/", { limit: 99 });
    return { seq, all: [all.length, ...new Set(all.map(([, value]) => Number(value.split(" ")[0])))], one: one.map(([key]) => key) };
  };
  return read().then(async (first) => {
    const { entries, folded } = await look(name);
    const here = Object.entries(entries);
    return { ...first, folded, entries: [...new Set(here.filter(([key]) => key.startsWith("all/")).map(([, value]) => Number(value.split(" ")[0])))] };
  });
};

test("tabs that commit and fold at the same time lose nothing", TIMEOUT, async (t) => {
  const pages = await Promise.all([opened(t), opened(t), opened(t)]);
  const [rounds, names] = [12, ["a", "b", "c"]];
  await Promise.all(pages.map((page, at) => page.evaluate(churn, "tabs", names[at], rounds)));
  const seq = rounds * pages.length;
  const last = await pages[0].evaluate(async (found, seq) => {
    const look = new Function(`return (${found})`)();
    return db.until(async () => {
      const now = await look("tabs");
      return now.folded === seq && now;
    }, "the last fold");
  }, String(found), seq);
  assert.deepEqual(last, { seq, all: [70, seq], one: [`one/${seq}`], folded: seq, entries: [seq] });
});

test("frames that are lost amid commits and folds leave whole commits, and a store that goes on", TIMEOUT, async (t) => {
  const page = await opened(t);
  for (let round = 1; round <= 12; round += 1) {
    const state = await page.evaluate(async (churn, found, round) => {
      const frame = document.createElement("iframe");
      frame.src = location.href;
      document.body.append(frame);
      await new Promise((resolve) => (frame.onload = resolve));
      const inside = frame.contentWindow;
      inside.eval(`(async () => {
        const { indexedDbProvider } = await import("/package/service.js");
        Object.assign(window, { open: indexedDbProvider, db: await import("/database.js") });
        (${churn})("crashes", "${round}", 1e9).catch(() => {});
      })()`);
      await db.until(() => inside.won >= 2, "commits of the frame");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      frame.remove();
      const look = new Function(`return (${found})`)();
      // What it had asked for may take effect a little later.
      return db.until(async () => {
        const [one, other] = [await look("crashes"), await look("crashes")];
        return JSON.stringify(one) === JSON.stringify(other) && one;
      }, "the end of what was asked for");
    }, String(churn), String(found), round);
    const { seq, folded, entries } = state;
    assert.deepEqual([state.all, state.one], [[70, seq], [`one/${seq}`]], `round ${round}: ${JSON.stringify(state)}`);
    assert.ok(folded <= seq && entries.length === 1 && entries[0] === folded, `round ${round}: ${JSON.stringify(state)}`);
  }
});
