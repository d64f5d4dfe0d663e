// What a test can do with a bridge.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SessionError, createTestBridge } from "../../dist/testing.js";

const SHOP = "https://shop.example";
const APP = "https://app.example";
const both = [
  { origin: APP, read: "*", write: true },
  { origin: SHOP, read: ["name"], write: ["update"] },
];
const ids = (manager) => manager.getSnapshot().sessions.map(({ id }) => id);

/** Runs `task` with a bridge, and closes that. */
async function withBridge(options, task) {
  const bridge = await createTestBridge(options);
  try {
    return await task(bridge);
  } finally {
    await bridge.close();
  }
}

describe("what is there from the start", () => {
  test("a manager that is live, and nothing else", () =>
    withBridge(undefined, ({ manager, service }) => {
      const { status, sessions, activeSession, lastError } = manager.getSnapshot();
      assert.deepEqual({ status, sessions, activeSession, lastError }, { status: "live", sessions: [], activeSession: null, lastError: null });
      assert.equal(service.metrics().connections, 1);
      assert.equal(service.storage.level, manager.getSnapshot().storage.level);
    }));

  test("sessions, in their order, one of them active, whatever the page itself may do", async () => {
    const sessions = ["c", "a", "b"].map((id, at) => ({ id, userId: `u${at}`, data: { name: id, secret: at } }));
    await withBridge({ sessions, active: "a", grants: [{ origin: SHOP, read: ["name", "userId"] }] }, async ({ manager }) => {
      assert.deepEqual(ids(manager), ["c", "a", "b"]);
      const { id, userId, data, pending } = manager.getSnapshot().activeSession;
      assert.deepEqual({ id, userId, data, pending }, { id: "a", userId: "u1", data: { name: "a" }, pending: false });
      await assert.rejects(manager.removeSession("a"), { code: "forbidden" });
    });
  });

  test("the time that is given", () =>
    withBridge({ now: 1_000_000_000_000 }, async ({ manager, advance }) => {
      const first = await manager.addSession({ userId: "u" });
      assert.ok(first.createdAt >= 1_000_000_000_000 && first.createdAt < 1_000_000_000_100, `${first.createdAt}`);
      await advance(60_000);
      const second = await manager.addSession({ userId: "u" });
      assert.ok(second.createdAt - first.createdAt >= 60_000 && second.createdAt - first.createdAt < 60_100);
    }));
});

describe("pages", () => {
  test("a second site sees and does what its grant says, and hears of what the first one does", () =>
    withBridge({ grants: both, sessions: [{ id: "ada", userId: "u1", data: { name: "Ada", secret: 1 } }] }, async ({ manager, createManager, advance }) => {
      const shop = createManager({ origin: SHOP });
      assert.equal(shop.getSnapshot().status, "connecting");
      await shop.waitForReady();
      assert.deepEqual(shop.getSnapshot().sessions[0].data, { name: "Ada" });
      assert.equal(shop.getSnapshot().sessions[0].userId, "");
      const heard = [];
      shop.addEventListener("session_updated", ({ detail }) => heard.push(detail.session.data.name));
      await manager.updateSession("ada", { name: "Lovelace" });
      await advance();
      assert.deepEqual(heard, ["Lovelace"]);
      await assert.rejects(shop.setActiveSession("ada"), { code: "forbidden" });
      await shop.updateSession("ada", { name: "Augusta" });
      await advance();
      assert.deepEqual(manager.getSnapshot().sessions[0].data, { name: "Augusta", secret: 1 });
    }));

  test("two tabs of one site are two clients", () =>
    withBridge({}, async ({ manager, createManager, advance }) => {
      const other = createManager();
      await other.waitForReady();
      const { version } = await manager.addSession({ id: "a", userId: "u", data: { n: 0 } });
      await advance();
      const more = (tab) => tab.updateSession("a", ({ n }) => ({ n: n + 1 }));
      await Promise.all([more(manager), more(other), more(manager), more(other)]);
      await advance();
      assert.equal(manager.getSnapshot().sessions[0].data.n, 4);
      assert.deepEqual(other.getSnapshot().sessions, manager.getSnapshot().sessions);
      await assert.rejects(other.updateSession("a", { n: 9 }, { ifVersion: version }), { code: "conflict" });
    }));

  test("grants change under pages that are open", () =>
    withBridge({ grants: both, sessions: [{ id: "ada", userId: "u1", data: { name: "Ada", city: "London" } }] }, async ({ createManager, service, advance }) => {
      const shop = createManager({ origin: SHOP });
      await shop.waitForReady();
      assert.throws(() => service.setGrants([{ origin: "nonsense", read: "*" }]), { code: "invalid_argument", message: /^grants\[0\]\.origin / });
      service.setGrants([both[0], { origin: SHOP, read: ["city"] }]);
      await advance();
      assert.equal(shop.getSnapshot().status, "live");
      assert.deepEqual(shop.getSnapshot().sessions[0].data, { city: "London" });
      await assert.rejects(shop.updateSession("ada", { city: "Paris" }), { code: "forbidden" });
      service.setGrants([both[0]]);
      await advance();
      assert.equal(shop.getSnapshot().status, "reconnecting");
      assert.equal(shop.getSnapshot().lastError.code, "forbidden");
    }));

  test("code that makes its own manager gets one of the bridge, by whatever address", () =>
    withBridge({}, async ({ SessionManager, manager, advance }) => {
      const one = new SessionManager({ serviceUrl: "/service.html", ttlMs: 1_000, wasm: "/nowhere.wasm", container: { nodeType: 1 } });
      const two = new SessionManager({ serviceUrl: "/service.html", ttlMs: 1_000 });
      await Promise.all([one.waitForReady(), two.waitForReady()]);
      await manager.addSession({ id: "a", userId: "u" });
      await advance();
      assert.deepEqual(ids(one), ["a"]);
      assert.equal(one.getSnapshot(), two.getSnapshot(), "two managers of one page share a connection");
      assert.throws(() => new SessionManager({ serviceUrl: "/service.html", ttlMs: 2 }), { code: "invalid_argument" });
      assert.throws(() => new SessionManager(), { code: "invalid_argument" });
      assert.ok(one instanceof EventTarget);
    }));
});

describe("the connection", () => {
  test("goes, says so after a while, and comes back with what was written meanwhile", () =>
    withBridge({ sessions: [{ id: "a", userId: "u" }], manager: { debug: false } }, async ({ manager, service, disconnect, reconnect, advance }) => {
      const heard = [];
      for (const type of ["connection_lost", "connection_restored"]) manager.addEventListener(type, () => heard.push(type));
      await disconnect();
      assert.equal(manager.getSnapshot().status, "reconnecting");
      assert.deepEqual(ids(manager), ["a"], "what was known is shown");
      const writing = manager.addSession({ id: "b", userId: "u" });
      await advance(60_000);
      const { status, reason, pendingWrites, lastError } = manager.getSnapshot();
      assert.deepEqual([status, reason, pendingWrites, lastError.code], ["reconnecting", "unreachable", 1, "unreachable"]);
      const reading = assert.rejects(manager.refresh(), { code: "timeout" });
      await advance(10_000);
      await reading;
      assert.equal(service.metrics().connections, 1, "as it was told last");
      await reconnect();
      assert.equal(manager.getSnapshot().status, "live");
      assert.equal((await writing).id, "b");
      await advance();
      assert.deepEqual(ids(manager), ["a", "b"]);
      assert.deepEqual(heard, ["connection_lost", "connection_restored"]);
    }));

  test("may be closed while it is gone", async () => {
    const { manager, disconnect, close } = await createTestBridge();
    await disconnect();
    const writing = assert.rejects(manager.addSession({ userId: "u" }), { code: "closed" });
    await close();
    await writing;
    assert.equal(manager.getSnapshot().status, "closed");
  });

  test("closing flushes what was written, and can be done twice", async () => {
    const { manager, close } = await createTestBridge();
    const writing = manager.addSession({ id: "a", userId: "u" });
    await Promise.all([close(), close()]);
    assert.equal((await writing).id, "a");
    assert.equal(manager.getSnapshot().status, "closed");
    await assert.rejects(manager.addSession({ userId: "u" }), { code: "closed" });
  });
});

describe("time", () => {
  test("stands still until it is moved", () =>
    withBridge({ manager: { ttlMs: 1_000, heartbeatMs: 5_000 } }, async ({ manager, advance }) => {
      await manager.refresh();
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      assert.ok(manager.isCacheValid(), "1.2 s of real time count for nothing");
      await advance(1_100);
      assert.ok(!manager.isCacheValid());
    }));

  test("a bridge does the same in every run", async () => {
    const run = () =>
      withBridge({ now: 0 }, async ({ manager, createManager, advance }) => {
        const other = createManager();
        await Promise.all([manager.addSession({ userId: "u" }), other.addSession({ userId: "v" })]);
        await advance(30_000);
        return manager.getSnapshot();
      });
    assert.deepEqual(await run(), await run());
  });

  test("several bridges know nothing of each other", async () => {
    const [one, two] = await Promise.all([createTestBridge(), createTestBridge()]);
    await one.manager.addSession({ id: "a", userId: "u" });
    await two.advance(60_000);
    assert.deepEqual([ids(one.manager), ids(two.manager)], [["a"], []]);
    await one.close();
    await two.manager.addSession({ id: "b", userId: "u" });
    await two.close();
  });
});

describe("what is not acceptable", () => {
  const refused = async (options, message, code = "invalid_argument") =>
    assert.rejects(createTestBridge(options), (error) => error instanceof SessionError && error.code === code && message.test(error.message) || assert.fail(`${error}`));

  test("is named", async () => {
    await refused({ session: [] }, /^session /);
    await refused({ grants: [] }, /^grants /);
    await refused({ grants: [{ origin: "https://shop.example/" }] }, /^origin |^grants\[0\]\.origin /);
    await refused({ grants: [{ origin: "https://*.shop.example", read: "*" }] }, /^origin /);
    await refused({ origin: "https://shop.example/path" }, /^origin /);
    await refused({ sessions: [{ id: "a" }] }, /^session\.userId /);
    await refused({ sessions: {} }, /^sessions /);
    await refused({ now: -1 }, /^now /);
    await refused({ limits: { session: 1 } }, /^limits\.session /);
    await refused({ defaultTtlMs: 59_999 }, /^defaultTtlMs /);
    await refused({ recoveryMs: null }, /^recoveryMs /);
    await refused({ maxLifetimeMs: "1h" }, /^maxLifetimeMs /);
    await refused({ sessions: [{ userId: "u", ttlMs: 1 }] }, /^session\.ttlMs /);
    await refused({ manager: { ttl: 1 } }, /^ttl /);
    await refused({ active: "nobody" }, /./, "not_found");
    await withBridge({}, ({ createManager, advance }) => {
      assert.throws(() => createManager({ origin: 5 }), { code: "invalid_argument", message: /^origin / });
      return assert.rejects(advance(-1), { code: "invalid_argument", message: /^ms / });
    });
  });

  test("a page without a grant says so", () => refused({ grants: both, origin: "https://other.example" }, /No grant names "https:\/\/other\.example"/, "unreachable"));

  test("limits hold", () =>
    withBridge({ limits: { sessions: 1 }, sessions: [{ userId: "u" }] }, ({ manager }) => assert.rejects(manager.addSession({ userId: "v" }), { code: "limit_exceeded" })));

  test("errors of a bridge are of the class that comes with it", () =>
    withBridge({}, async ({ manager }) => {
      await assert.rejects(manager.removeSession("a"), SessionError);
      await assert.rejects(manager.addSession({}), SessionError);
    }));
});
