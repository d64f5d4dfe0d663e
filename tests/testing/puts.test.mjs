// Sessions that are put: one for each user, whoever puts it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { APP, HOUR, MINUTE, withBridge, withOne } from "./lib/with-bridge.mjs";

describe("putSession", () => {
  test("adds a session, then replaces its data, whole, and renews it; ten pages at once end with one, and no page shows two", () =>
    withBridge({}, async ({ manager, createManager, advance, shown }) => {
      const pages = Array.from({ length: 10 }, () => createManager());
      await Promise.all(pages.map((page) => page.waitForReady()));
      const most = pages.map(() => 0);
      for (const [at, page] of pages.entries()) page.subscribe(() => (most[at] = Math.max(most[at], page.getSnapshot().sessions.length)));
      const putting = pages.map((page, n) => page.putSession({ userId: "ada", data: { n }, ttlMs: MINUTE }));
      for (const page of pages) assert.equal(page.getSnapshot().sessions.length, 1, "it shows at once");
      const ids = (await Promise.all(putting)).map(({ id }) => id);
      await advance();
      assert.deepEqual([new Set(ids).size, most.every((count) => count === 1)], [1, true]);
      const [session] = await manager.getAllSessions();
      assert.equal(session.id, ids[0]);
      await advance(30_000);
      const put = await pages[3].putSession({ userId: "ada", data: { other: null } });
      assert.deepEqual([put.id, put.data, put.expiresAt - put.lastActiveAt], [ids[0], { other: null }, MINUTE]);
      assert.ok(put.lastActiveAt >= put.createdAt + 30_000);
      await advance();
      assert.equal(shown(manager, ids[0]).version, put.version);
    }));

  test("brings an expired session back, and keeps the id that shows", () =>
    withOne({ ttlMs: MINUTE, userId: "ada" }, async ({ manager, advance, shown }) => {
      await advance(HOUR);
      assert.equal(shown().status, "expired");
      const putting = manager.putSession({ userId: "ada", data: { n: 1 } });
      const { status, data, pending } = shown();
      assert.deepEqual({ status, data, pending }, { status: "valid", data: { n: 1 }, pending: true });
      const { id, expiresAt } = await putting;
      assert.deepEqual([id, manager.getSnapshot().sessions.length], ["a", 1]);
      assert.equal(expiresAt, shown().lastActiveAt + MINUTE);
    }));

  test("a sign-out by another page holds, and who has seen it may sign in again", () =>
    withOne({ userId: "ada" }, async ({ manager, createManager, advance }) => {
      const other = createManager();
      await other.waitForReady();
      // It is on its way before the other page hears of the sign-out.
      const removing = manager.removeSession("a");
      const refused = assert.rejects(other.putSession({ userId: "ada" }), { code: "conflict" });
      await Promise.all([removing, refused]);
      await advance();
      const { id } = await other.putSession({ userId: "ada" });
      await advance();
      assert.deepEqual(manager.getSnapshot().sessions.map((session) => session.id), [id]);
    }));

  test("what is done to the session that showed first is done to the one that the service chose", () =>
    withBridge({}, async ({ manager, createManager, advance }) => {
      const other = createManager();
      await other.waitForReady();
      const putting = [manager, other].map((page, n) => page.putSession({ id: `of-${n}`, userId: "ada", data: { n } }));
      const later = [other.updateSession("of-1", { later: true }), other.updateSession("of-1", ({ n }) => ({ n: n + 10 })), other.setActiveSession("of-1"), other.touchSession("of-1"), other.recordRequest("of-1", { ms: 5 })];
      assert.deepEqual(other.getSnapshot().sessions.map(({ id, data }) => [id, data]), [["of-1", { n: 11, later: true }]]);
      const ids = (await Promise.all(putting)).map(({ id }) => id);
      await Promise.all(later);
      await advance();
      const { activeSession, sessions } = manager.getSnapshot();
      assert.deepEqual([ids, activeSession.id, sessions.length], [["of-0", "of-0"], "of-0", 1]);
      assert.deepEqual([activeSession.data, activeSession.requests.count], [{ n: 11, later: true }, 1]);
      // A sign-out by the name that it had long ago.
      await other.removeSession("of-1");
      await advance();
      assert.deepEqual(manager.getSnapshot().sessions, []);
    }));

  test("a sign-out amid it signs out", () =>
    withBridge({}, async ({ manager, createManager, advance }) => {
      const other = createManager();
      await other.waitForReady();
      const all = [manager.putSession({ id: "a", userId: "ada" }), other.putSession({ id: "b", userId: "ada" }), other.removeSession("b")];
      assert.deepEqual(other.getSnapshot().sessions, []);
      await Promise.all(all);
      await advance();
      assert.deepEqual([manager, other].map((page) => page.getSnapshot().sessions), [[], []]);
    }));

  test("a sign-out holds where its id is used again, and after a reload", () =>
    withBridge({}, async ({ manager, createManager, advance, service }) => {
      await manager.addSession({ id: "login", userId: "ada" });
      const other = createManager();
      await other.waitForReady();
      const all = [manager.removeSession("login"), manager.addSession({ id: "login", userId: "bob" })];
      const refused = assert.rejects(other.putSession({ userId: "ada" }), { code: "conflict" });
      await Promise.all([...all, refused]);
      await advance();
      assert.deepEqual(manager.getSnapshot().sessions.map(({ userId }) => userId), ["bob"]);
      assert.equal(service.metrics().sessions ?? 1, 1);
    }));

  test("it needs add and update, and to see whose session it is", async () => {
    for (const [grant, named] of [[{ read: "*", write: ["add"] }, "`update`"], [{ read: "*", write: ["update", "remove"] }, "`add`"], [{ read: ["n"], write: true }, "userId"]]) {
      await withBridge({ origin: APP, grants: [{ origin: APP, ...grant }] }, async ({ manager }) => {
        await assert.rejects(manager.putSession({ userId: "ada" }), (error) => error.code === "forbidden" && error.message.includes(named), named);
      });
    }
  });
});
