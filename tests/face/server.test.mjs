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
  const { version, status, protocol, correlationId, storage, sessions, events, metrics } = JSON.parse(JSON.stringify(manager.report()));
  assert.deepEqual({ status, protocol, correlationId, storage, sessions, events, metrics }, { status: "connecting", protocol: null, correlationId: null, storage: snapshot.storage, sessions: 0, events: [], metrics: manager.metrics() });
  assert.match(version, /^\d+\.\d+\.\d+/);
  const unsubscribe = manager.subscribe(() => assert.fail("nothing changes"));
  manager.invalidateCache();
  await assert.rejects(manager.waitForReady(), (error) => error instanceof SessionError && error.code === "unreachable");
  await assert.rejects(manager.addSession({ userId: "u" }), { code: "unreachable" });
  unsubscribe();
  await manager.close();
  assert.deepEqual([manager.getSnapshot().status, manager.report().status], ["closed", "closed"]);
});

test("wrong arguments are told even there", async () => {
  assert.throws(() => new SessionManager({ serviceUrl: "https://a.example", offline: "persist" }), { code: "invalid_argument", message: /^offline / });
  const manager = new SessionManager({ serviceUrl: "https://a.example" });
  const refused = [
    [manager.addSession({}), "session.userId"],
    [manager.addSession({ userId: "u", maxRequests: 0 }), "session.maxRequests"],
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
    ...[59_999, 0, -1, NaN, "1", Infinity, true, 2 ** 52 + 1, {}].flatMap((ttlMs) => [
      [manager.addSession({ userId: "u", ttlMs }), "session.ttlMs"],
      [manager.configureSession("a", { ttlMs }), "settings.ttlMs"],
      [manager.bulkUpdateSessions([{ op: "add", session: { userId: "u", ttlMs } }]), "changes[0].session.ttlMs"],
    ]),
    ...[1, 0, null, "true", {}].flatMap((autoRenew) => [
      [manager.addSession({ userId: "u", autoRenew }), "session.autoRenew"],
      [manager.configureSession("a", { ttlMs: 60_000, autoRenew }), "settings.autoRenew"],
    ]),
    ...[undefined, null, 60_000, [], {}, { ttlMs: undefined, autoRenew: undefined }].map((settings) => [manager.configureSession("a", settings), "settings"]),
    [manager.configureSession("a", { ttl: 60_000 }), "settings.ttl"],
    [manager.configureSession("a", { maxRequests: 0 }), "settings.maxRequests"],
    [manager.configureSession("a", { resetRequests: 1 }), "settings.resetRequests"],
    [manager.recordRequest("a", { ms: -1 }), "request.ms"],
    [manager.configureSession("", { ttlMs: null }), "id"],
    [manager.configureSession("a", { ttlMs: null }, { ifVersion: 1 }), "ifVersion"],
    [manager.configureSession("a", { ttlMs: null }, { signal: {} }), "signal"],
    [manager.recoverSession(), "id"],
    [manager.recoverSession("a", { ifVersion: 1 }), "ifVersion"],
    [manager.touchSession("a\n"), "id"],
    [manager.touchSession("a", { signal: 1 }), "signal"],
    [manager.validateSession(null), "id"],
    [manager.cleanupExpiredSessions({ signal: 1 }), "signal"],
    [manager.bulkUpdateSessions([{ op: "configure", id: "a", ttlMs: null }]), "changes[0].op"],
  ];
  for (const [promise, name] of refused) {
    await assert.rejects(promise, (error) => error.code === "invalid_argument" && error.message.startsWith(`${name} `), name);
  }
  assert.throws(() => manager.subscribe("x"), { code: "invalid_argument" });
});

test("lifetimes that are acceptable are not refused for themselves", async () => {
  const manager = new SessionManager({ serviceUrl: "https://a.example" });
  const settings = [{ ttlMs: 60_000 }, { ttlMs: null }, { ttlMs: 60_000.5, autoRenew: false }, { autoRenew: true }, { ttlMs: 2 ** 52 }, { ttlMs: undefined, autoRenew: false }];
  for (const given of settings) {
    await assert.rejects(manager.addSession({ userId: "u", ...given }), { code: "unreachable" });
    await assert.rejects(manager.configureSession("a", given), { code: "unreachable" });
  }
  for (const call of [manager.recoverSession("a"), manager.touchSession("a"), manager.validateSession("a"), manager.cleanupExpiredSessions()]) await assert.rejects(call, { code: "unreachable" });
  const ended = AbortSignal.abort("mine");
  const calls = [manager.configureSession("a", { ttlMs: null }, { signal: ended }), manager.recoverSession("a", { signal: ended }), manager.touchSession("a", { signal: ended })];
  // There is no document to connect from: that comes first.
  for (const call of calls) await assert.rejects(call, { code: "unreachable" });
});
