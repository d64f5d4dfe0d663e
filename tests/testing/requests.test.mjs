// Requests of an application on a session: counted by the authority, limited, timed, and shown to whom that is granted.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { APP, MINUTE, SHOP, withBridge, withOne } from "./lib/with-bridge.mjs";

/** How long requests that were let through wait. */
const INTERVAL = 5_000;
const NONE = { count: 0, limit: null, meanMs: 0, lastUrl: null };
const full = { code: "limit_exceeded" };

describe("counting", () => {
  test("a request is counted, timed, and its address kept without what may be secret", () =>
    withOne({}, async ({ manager, shown }) => {
      assert.deepEqual(shown().requests, NONE);
      await manager.recordRequest("a", { ms: 12.5, url: "https://user:pass@api.example/v1/me?token=SECRET#SECRET" });
      assert.deepEqual(shown().requests, { count: 1, limit: null, meanMs: 12.5, lastUrl: "https://api.example/v1/me" });
      assert.ok(Object.isFrozen(shown().requests));
    }));

  test("of an address scheme, host and path are kept, and of one without a host the scheme", () =>
    withOne({}, async ({ manager, advance, shown }) => {
      for (const [url, kept] of [
        [new URL("https://api.example:8443/a/../b"), "https://api.example:8443/b"],
        ["https:\\\\u:p@api.example\\v1", "https://api.example/v1"],
        ["data:text/plain,SECRET", "data:"],
        ["blob:https://api.example/SECRET", "blob:"],
        ["mailto:SECRET@api.example", "mailto:"],
        [`https://api.example/${"é".repeat(4_000)}`, `https://api.example/${"%C3%A9".repeat(4_000)}`.slice(0, 256)],
      ]) {
        await manager.recordRequest("a", { ms: 1, url });
        await advance(5_000);
        assert.equal(shown().requests.lastUrl, kept);
      }
    }));

  test("many are a commit or two, and all of them count", () =>
    withOne({}, async ({ manager, service, advance, shown }) => {
      const { version, lastActiveAt } = shown();
      const before = service.metrics().commits;
      for (let ms = 1; ms <= 1_000; ms++) await manager.recordRequest("a", { ms });
      await advance(INTERVAL);
      assert.deepEqual(shown().requests, { ...NONE, count: 1_000, meanMs: 500.5 });
      assert.equal(service.metrics().commits - before, 2);
      assert.deepEqual(service.metrics().requests, { total: 1_000, meanMs: 500.5 });
      assert.deepEqual([shown().version, shown().lastActiveAt], [version, lastActiveAt], "it is no change of the session, and no use");
    }));

  test("those of two sites sum up, whoever calls when", () =>
    withOne({}, async ({ manager, createManager, advance, shown }) => {
      const other = createManager({ origin: SHOP });
      await other.waitForReady();
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 200 }, (_, n) => (n % 2 ? other : manager).recordRequest("a", { ms: 1 })));
        await advance(round * 1_000);
      }
      await advance(INTERVAL);
      assert.deepEqual(shown(other).requests, { ...NONE, count: 2_000, meanMs: 1 });
      assert.deepEqual(shown().requests, NONE, "it is granted to the other alone");
    }, { origin: APP, grants: [{ origin: APP, read: "*", write: true }, { origin: SHOP, read: [], write: ["update"], requests: true }] }));

  test("no event is raised, no snapshot is made by it before it is confirmed, and no function runs again", () =>
    withOne({}, async ({ manager, createManager, advance, shown }) => {
      const other = createManager();
      await other.waitForReady();
      const heard = [];
      for (const one of [manager, other]) one.addEventListener("*", ({ detail }) => heard.push(detail.type));
      const before = manager.getSnapshot();
      const call = manager.recordRequest("a", { ms: 1 });
      assert.equal(manager.getSnapshot(), before);
      await call;
      let runs = 0;
      const update = manager.updateSession("a", ({ n }) => (runs++, { n: n + 1 }));
      const counts = Array.from({ length: 50 }, () => other.recordRequest("a", { ms: 1 }));
      await Promise.all([update, ...counts]);
      await advance(INTERVAL);
      assert.deepEqual([runs, shown().requests.count, shown(other).requests.count], [1, 51, 51]);
      assert.deepEqual([...new Set(heard)], ["session_updated"]);
    }));

  test("what a page holds is told of when it is closed", () =>
    withOne({}, async ({ manager, createManager, advance, shown }) => {
      const other = createManager();
      await other.waitForReady();
      for (let n = 0; n < 5; n++) await other.recordRequest("a", { ms: 1 });
      await other.close();
      await advance();
      assert.equal(shown().requests.count, 5);
    }));

  test("it waits while there is no connection, and one that is aborted in time is not counted", () =>
    withOne({}, async ({ manager, disconnect, reconnect, advance, shown }) => {
      await disconnect();
      const abort = new AbortController();
      const kept = manager.recordRequest("a", { ms: 1 });
      const given_up = manager.recordRequest("a", { ms: 1 }, { signal: abort.signal });
      abort.abort(new Error("enough"));
      await assert.rejects(given_up, /enough/);
      await reconnect();
      await kept;
      await advance(INTERVAL);
      assert.equal(shown().requests.count, 1);
    }));
});

describe("a limit", () => {
  test("it is the authority's, and nothing is counted beyond it", () =>
    withOne({ maxRequests: 3 }, async ({ manager, advance, shown }) => {
      for (let n = 0; n < 3; n++) await manager.recordRequest("a", { ms: 1 });
      await assert.rejects(manager.recordRequest("a", { ms: 1 }), (error) => error.code === "limit_exceeded" && /maxRequests/.test(error.message) && /\b3\b/.test(error.message));
      await advance(MINUTE);
      await assert.rejects(manager.recordRequest("a", { ms: 1 }), full);
      assert.deepEqual(shown().requests, { ...NONE, count: 3, limit: 3, meanMs: 1 });
    }));

  test("of calls at once as many are counted as there is room for", () =>
    withOne({ maxRequests: 4 }, async ({ manager, advance, shown }) => {
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => manager.recordRequest("a", { ms: 1 })));
      assert.deepEqual(results.map(({ status }) => status === "fulfilled"), [...Array(4).fill(true), ...Array(6).fill(false)]);
      await advance(INTERVAL);
      assert.equal(shown().requests.count, 4);
    }));

  test("it is changed and taken away, and a count begins anew", () =>
    withOne({ maxRequests: 1 }, async ({ manager, advance, shown }) => {
      await manager.recordRequest("a", { ms: 5, url: "https://api.example/" });
      await assert.rejects(manager.recordRequest("a", { ms: 1 }), full);
      assert.equal((await manager.configureSession("a", { maxRequests: 2 })).requests.limit, 2);
      await manager.recordRequest("a", { ms: 5 });
      await assert.rejects(manager.recordRequest("a", { ms: 1 }), full);
      assert.deepEqual((await manager.configureSession("a", { resetRequests: true })).requests, { ...NONE, limit: 2 });
      await manager.recordRequest("a", { ms: 1 });
      await manager.configureSession("a", { maxRequests: null });
      for (let n = 0; n < 5; n++) await manager.recordRequest("a", { ms: 1 });
      await advance(INTERVAL);
      assert.deepEqual(shown().requests, { ...NONE, count: 6, meanMs: 1 });
    }));

  test("a page that does not see it asks once in five seconds, and goes over it by no more than it makes meanwhile", () =>
    withOne({ maxRequests: 2 }, async ({ manager, createManager, advance, shown }) => {
      const blind = createManager({ origin: SHOP });
      await blind.waitForReady();
      assert.deepEqual(shown(blind).requests, NONE);
      for (let n = 0; n < 5; n++) await blind.recordRequest("a", { ms: 1 });
      await advance(INTERVAL);
      await assert.rejects(blind.recordRequest("a", { ms: 1 }), full);
      assert.deepEqual([shown().requests.count, shown(blind).requests], [5, NONE]);
    }, { origin: APP, grants: [{ origin: APP, read: "*", write: true, requests: true }, { origin: SHOP, read: "*", write: true }] }));
});

describe("refusals", () => {
  test("of a session that is gone, or expired", () =>
    withOne({ ttlMs: MINUTE }, async ({ manager, advance, shown }) => {
      await assert.rejects(manager.recordRequest("none", { ms: 1 }), { code: "not_found" });
      await manager.recordRequest("a", { ms: 1 });
      await advance(2 * MINUTE);
      await assert.rejects(manager.recordRequest("a", { ms: 1 }), { code: "expired" });
      assert.equal((await manager.recoverSession("a")).requests.count, 1);
      await manager.recordRequest("a", { ms: 1 });
      assert.equal(shown().requests.count, 2);
    }));

  test("without a grant for it: counting is an update, and to see and to set the limit is granted by itself", () =>
    withOne({ maxRequests: 9 }, async ({ manager, createManager, advance, shown }) => {
      const app = createManager({ origin: APP });
      await app.waitForReady();
      await assert.rejects(app.recordRequest("a", { ms: 1 }), (error) => error.code === "forbidden" && /update/.test(error.message));
      assert.deepEqual(shown(app).requests, { ...NONE, limit: 9 });
      for (const call of [manager.configureSession("a", { maxRequests: 1 }), manager.configureSession("a", { resetRequests: true }), manager.addSession({ userId: "u", maxRequests: 1 })]) {
        await assert.rejects(call, (error) => error.code === "forbidden" && error.message.includes("`requests` must be `true`"));
      }
      await manager.recordRequest("a", { ms: 1 });
      await advance();
      assert.deepEqual([shown().requests, shown(app).requests.count], [NONE, 1]);
    }, { origin: SHOP, grants: [{ origin: APP, read: "*", write: ["add", "remove"], requests: true }, { origin: SHOP, read: "*", write: true }] }));

  test("of what is no request, at the edge", () =>
    withOne({}, async ({ manager }) => {
      for (const [request, path] of [[undefined, "request"], [{}, "request.ms"], [{ ms: -1 }, "request.ms"], [{ ms: NaN }, "request.ms"], [{ ms: "1" }, "request.ms"], [{ ms: 1, url: "https://" }, "request.url"], [{ ms: 1, other: 1 }, "other"]]) {
        await assert.rejects(manager.recordRequest("a", request), (error) => error.code === "invalid_argument" && error.message.includes(path), path);
      }
      for (const maxRequests of [0, -1, 1.5, NaN, Infinity, "3"]) {
        await assert.rejects(manager.addSession({ userId: "u", maxRequests }), (error) => error.code === "invalid_argument" && error.message.includes("session.maxRequests"));
        await assert.rejects(manager.configureSession("a", { maxRequests }), { code: "invalid_argument" });
      }
      await assert.rejects(manager.configureSession("a", { resetRequests: 1 }), { code: "invalid_argument" });
      await assert.rejects(manager.configureSession("a", { resetRequests: false }), { code: "invalid_argument" });
      await assert.rejects(manager.configureSession("a", {}), { code: "invalid_argument" });
    }));
});

test("a service that counts none keeps nothing, and nobody waits for it", () =>
  withOne({ maxRequests: 1 }, async ({ manager, service, shown }) => {
    const before = service.metrics().commits;
    for (let n = 0; n < 3; n++) await manager.recordRequest("a", { ms: 1, url: "https://api.example/" });
    assert.deepEqual([shown().requests, service.metrics().requests, service.metrics().commits], [{ ...NONE, limit: 1 }, { total: 0, meanMs: 0 }, before]);
  }, { requests: "off" }));

test("the store's own count is the sum of all sessions", () =>
  withBridge({ sessions: ["a", "b"].map((id) => ({ id, userId: "u" })) }, async ({ manager, service }) => {
    await Promise.all([manager.recordRequest("a", { ms: 10 }), manager.recordRequest("b", { ms: 20 })]);
    assert.deepEqual(service.metrics().requests, { total: 2, meanMs: 15 });
  }));
