// The stores of the package in a browser, and a service at work on good ones and on bad ones.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const stand = blankPages({ mounts: { "": here("page"), "/conformance": here("../../js/conformance") }, setting: "blocked" });

async function inPage(site, task, ...args) {
  const page = await stand.open(site);
  try {
    return await page.evaluate(task, ...args);
  } finally {
    await page.close();
  }
}

for (const [kind, locked] of [["localstorage", true], ["plain", true], ["indexeddb", false], ["memory", false]]) {
  test(`${kind} keeps the contract`, async () => {
    const results = await inPage("service", async (kind) => {
      const { fromKeyValue, indexedDbProvider, localStorageProvider, memoryProvider } = await import("/package/service.js");
      const { conformance } = await import("/conformance/index.js");
      const maps = new Map();
      const kept = (name, make) => maps.get(name) ?? maps.set(name, make()).get(name);
      const plain = (map) => ({
        get: async (key) => map.get(key) ?? null,
        set: async (key, value) => void map.set(key, value),
        delete: async (key) => void map.delete(key),
        keys: async () => [...map.keys()],
      });
      const open = {
        localstorage: (name) => localStorageProvider(name),
        plain: (name) => fromKeyValue(plain(kept(name, () => new Map())), { name }),
        indexeddb: (name) => indexedDbProvider(name),
        memory: (name) => kept(name, memoryProvider),
      }[kind];
      // What one case leaves would be in the way of the next: this store is small.
      const fresh = (name) => {
        const keep = `session-bridge:${encodeURIComponent(name)}:`;
        for (const key of Object.keys(localStorage)) if (!key.startsWith(keep)) localStorage.removeItem(key);
        return open(name);
      };
      return conformance(fresh);
    }, kind);
    assert.deepEqual(results.filter(({ ok }) => !ok), []);
    assert.ok(results.length > 20);
    assert.ok(results.every((result) => result.skipped || (result.locked ?? false) === locked));
  });
}

test("sessions of a service are migrated from store to store, and a service goes on there", async () => {
  const seen = await inPage("service", async () => {
    const { indexedDbProvider, localStorageProvider, memoryProvider, migrateStore, SessionError } = await import("/package/service.js");
    const { SessionManager } = await import("/package/manager.js");
    const manager = (store) => new SessionManager({ serviceUrl: `${location.origin}/service.html?store=${encodeURIComponent(store)}` });
    const first = manager("indexeddb moving");
    await first.addSession({ id: "a", userId: "u", data: { n: 1 } });
    await first.addSession({ id: "b", userId: "u" });
    await first.removeSession("b");
    await first.setActiveSession("a");
    const level = first.getSnapshot().storage.level;
    const epoch = first.getSnapshot().version.epoch;
    await first.close();
    const memory = memoryProvider();
    const moved = [await migrateStore(indexedDbProvider("moving"), memory), await migrateStore(memory, localStorageProvider("moved"))];
    const refused = await migrateStore(memory, indexedDbProvider("moving")).catch((error) => [error instanceof SessionError, error.code]);
    const second = manager("localstorage moved");
    await second.waitForReady();
    const { sessions, activeSession, version, storage } = second.getSnapshot();
    await second.updateSession("a", { n: 2 });
    const dead = await second.addSession({ id: "b", userId: "u" }).then(() => "alive", (error) => error.code);
    const after = (await second.getAllSessions()).map(({ id, data }) => [id, data]);
    await second.close();
    return { level, moved, refused, ids: sessions.map(({ id }) => id), active: activeSession?.id, sameEpoch: version.epoch === epoch, storage, dead, after };
  });
  assert.deepEqual({ ...seen, dead: undefined, storage: seen.storage.level, after: seen.after[0] }, {
    level: "same-site",
    moved: [{ sessions: 1 }, { sessions: 1 }],
    refused: [true, "conflict"],
    ids: ["a"],
    active: "a",
    sameEpoch: true,
    storage: "same-site",
    dead: undefined,
    after: ["a", { n: 2 }],
  });
});

test("two tabs on one localstorage hear of one another and lose nothing", async () => {
  const task = async (add, store) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl: `${location.origin}/service.html?store=${store}%20tabs`, heartbeatMs: 60_000 });
    window.manager = manager;
    await manager.waitForReady();
    if (add) await manager.addSession({ id: "n", userId: "u", data: { n: 0 } });
  };
  const pages = [];
  for (const add of [true, false]) {
    const page = await stand.open("service");
    await page.evaluate(task, add, process.env.KIND ?? "localstorage");
    pages.push(page);
  }
  const count = () => Promise.all(Array.from({ length: 20 }, () => window.manager.updateSession("n", ({ n }) => ({ n: n + 1 }))));
  await Promise.all(pages.map((page) => page.evaluate(count)));
  for (const page of pages) {
    await page.waitForFunction(() => window.manager.getSnapshot().sessions[0].data.n === 40, { timeout: 60_000 });
    await page.close();
  }
});

/** The stores that a page gets an answer from. Of the others some let it wait without end. */
const ANSWERING = ["sound", "full", "denied", "mumbles"];

/** What a page meets whose service works on this store. */
function meet(kind) {
  const requestTimeoutMs = ANSWERING.includes(kind) ? 20_000 : 2_000;
  return inPage("siteA", async (origin, kind, requestTimeoutMs) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl: `${origin}/service.html?store=${kind}`, requestTimeoutMs, heartbeatMs: 500 });
    const wait = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 2 * requestTimeoutMs, "waiting"))]);
    const told = (promise) => promise.then(() => "done", (error) => error.code ?? String(error));
    const ready = await wait(told(manager.waitForReady()));
    const write = await wait(told(manager.addSession({ id: "a", userId: "u" })));
    // Long enough for anything that is wrong to show: the service is still there and still answers.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { status, reason, lastError } = manager.getSnapshot();
    return { ready, write, status, reason, error: lastError?.code ?? null, losses: manager.metrics().connection.losses };
  }, stand.origins.service, kind, requestTimeoutMs);
}

test("a store of the owner's own works like any other", async () => {
  const { ready, write, status } = await meet("sound");
  assert.deepEqual({ ready, write, status }, { ready: "done", write: "done", status: "live" });
});

for (const kind of ["no-methods", "throws", "rejects", "rubbish", "hedgehog", "hangs", "liar", "mumbles", "full", "denied", "moody"]) {
  test(`hostile 44: a store that is ${kind} costs typed errors and nothing else`, async (context) => {
    const seen = await meet(kind);
    context.diagnostic(JSON.stringify(seen));
    const codes = ["done", "waiting", "storage_failed", "storage_full", "storage_denied", "unreachable", "conflict"];
    for (const outcome of [seen.ready, seen.write]) assert.ok(codes.includes(outcome), outcome);
    if (kind === "full") assert.equal(seen.write, "storage_full");
    if (kind === "denied") assert.equal(seen.write, "storage_denied");
    // What it took without a word is found there by the next commit, which meets it.
    if (kind === "mumbles") assert.equal(seen.write, "done");
    if (!["liar", "mumbles", "moody"].includes(kind)) assert.notEqual(seen.write, "done", "nothing was kept");
  });
}

test("a page hears that room is running out before a write is refused for it", async () => {
  const page = await stand.browser.newPage();
  try {
    await page.evaluateOnNewDocument(() => {
      StorageManager.prototype.estimate = async () => ({ usage: 95, quota: 100 });
    });
    await page.goto(`${stand.origins.service}/pages/bare.html`);
    const heard = await page.evaluate(async () => {
      const { SessionManager } = await import("/package/manager.js");
      const manager = new SessionManager({ serviceUrl: `${location.origin}/service.html?store=indexeddb%20nearly-full` });
      const heard = new Promise((resolve) => manager.addEventListener("error_occurred", ({ detail }) => resolve(detail.error.code)));
      await manager.addSession({ id: "a", userId: "u" });
      return [await heard, manager.getSnapshot().lastError.code, manager.getSnapshot().status];
    });
    assert.deepEqual(heard, ["storage_full", "storage_full", "live"]);
  } finally {
    await page.close();
  }
});
