// Where there is no document, importing and constructing do nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionError, SessionManager } from "../../dist/manager.js";

test("a manager without a document is inert", async () => {
  const manager = new SessionManager({ serviceUrl: "/service.html" });
  const snapshot = manager.getSnapshot();
  assert.equal(snapshot, manager.getServerSnapshot());
  assert.equal(snapshot, new SessionManager({ serviceUrl: "https://other.example/" }).getServerSnapshot());
  assert.equal(snapshot.status, "connecting");
  assert.deepEqual(snapshot.sessions, []);
  assert.ok(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.sessions) && Object.isFrozen(snapshot.storage));
  assert.equal(manager.isCacheValid(), false);
  assert.equal(manager.metrics().writes.confirmed, 0);
  const unsubscribe = manager.subscribe(() => assert.fail("nothing changes"));
  manager.invalidateCache();
  await assert.rejects(manager.waitForReady(), (error) => error instanceof SessionError && error.code === "unreachable");
  await assert.rejects(manager.addSession({ userId: "u" }), { code: "unreachable" });
  unsubscribe();
  await manager.close();
  assert.equal(manager.getSnapshot().status, "closed");
});

test("wrong arguments are told even there", async () => {
  assert.throws(() => new SessionManager({ serviceUrl: "https://a.example", offline: "persist" }), { code: "invalid_argument", message: /^offline / });
  const manager = new SessionManager({ serviceUrl: "https://a.example" });
  const refused = [
    [manager.addSession({}), "session.userId"],
    [manager.addSession({ userId: "u", ttlMs: 60_000 }), "session.ttlMs"],
    [manager.addSession({ userId: "u", data: { d: new Date() } }), "session.data.d"],
    [manager.addSession(), "session"],
    [manager.updateSession("", {}), "id"],
    [manager.updateSession("a", null), "patch"],
    [manager.updateSession("a", {}, { ifVersion: -1 }), "ifVersion"],
    [manager.updateSession("a", {}, { nonsense: 1 }), "nonsense"],
    [manager.removeSession("a", { ifVersion: 1.5 }), "ifVersion"],
    [manager.setActiveSession(undefined), "id"],
    [manager.setActiveSession("a", { ifVersion: 1 }), "ifVersion"],
    [manager.bulkUpdateSessions([]), "changes"],
    [manager.bulkUpdateSessions([{ op: "activate", id: null }, { op: "touch" }]), "changes[1].op"],
    [manager.bulkUpdateSessions([{ op: "add", session: { userId: 1 } }]), "changes[0].session.userId"],
    [manager.bulkUpdateSessions([{ op: "update", id: "a", patch: { a: [undefined] } }]), "changes[0].patch.a[0]"],
    [manager.bulkUpdateSessions([{ op: "remove", id: "a", patch: {} }]), "changes[0].patch"],
    [manager.getSession(5), "id"],
  ];
  for (const [promise, name] of refused) {
    await assert.rejects(promise, (error) => error.code === "invalid_argument" && error.message.startsWith(`${name} `), name);
  }
  assert.throws(() => manager.subscribe("x"), { code: "invalid_argument" });
});
