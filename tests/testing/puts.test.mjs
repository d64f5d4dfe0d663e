// Sessions that are put, one for each user, and what every new session begins with.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestBridge } from "../../dist/testing.js";
import { APP, HOUR, MINUTE, SHOP, withBridge, withOne } from "./lib/with-bridge.mjs";

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

  test("it needs add and update, and to see whose session it is", async () => {
    for (const [grant, named] of [[{ read: "*", write: ["add"] }, "`update`"], [{ read: "*", write: ["update", "remove"] }, "`add`"], [{ read: ["n"], write: true }, "userId"]]) {
      await withBridge({ origin: APP, grants: [{ origin: APP, ...grant }] }, async ({ manager }) => {
        await assert.rejects(manager.putSession({ userId: "ada" }), (error) => error.code === "forbidden" && error.message.includes(named), named);
      });
    }
  });
});

describe("the owner's defaults", () => {
  const grants = [{ origin: APP, read: "*", write: true }, { origin: SHOP, read: ["theme", "userId"], write: true }];

  test("stand in every key that the page does not give, in keys too that its site does not see", () =>
    withBridge({ origin: APP, grants, defaults: { data: { theme: { name: "light", size: 1 }, plan: "free", none: null } } }, async ({ manager, createManager, advance }) => {
      const shop = createManager({ origin: SHOP });
      await shop.waitForReady();
      const { data: seen } = await shop.addSession({ id: "a", userId: "u", data: { theme: { name: "dark" } } });
      assert.deepEqual(seen, { theme: { name: "dark" } });
      await advance();
      assert.deepEqual((await manager.getSession("a")).data, { plan: "free", none: null, theme: { name: "dark" } });
      const { data } = await manager.addSession({ userId: "u", data: { plan: null } });
      assert.deepEqual(data, { theme: { name: "light", size: 1 }, none: null, plan: null });
      await manager.bulkUpdateSessions([{ op: "add", session: { id: "b", userId: "u" } }]);
      assert.equal((await manager.getSession("b")).data.plan, "free");
      await assert.rejects(shop.addSession({ userId: "u", data: { plan: "paid" } }), { code: "forbidden" });
    }));

  test("what is none is refused at the start", async () => {
    for (const [defaults, named] of [[[], "defaults"], [{ data: [] }, "defaults.data"], [{ dat: {} }, "defaults.dat"], [{ data: { n: 1n } }, "defaults.data"], [{ data: { n: "x".repeat(65_536) } }, "defaults.data"]]) {
      await assert.rejects(createTestBridge({ defaults }), (error) => error.code === "invalid_argument" && error.message.includes(named), named);
    }
  });
});
