// What an owner sees of a store and a page: counts of sessions, every event in one place, and what goes into a bug report.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { page, service } from "../../js/log/log.js";
import { MINUTE, withBridge } from "./lib/with-bridge.mjs";

const NOW = 1_000_000_000_000;

describe("metrics of the service", () => {
  test("tell how many sessions are valid and expired now, and how old they are on average", () =>
    withBridge({}, async ({ manager, service, advance }) => {
      const stands = () => {
        const { sessions, valid, expired, meanAgeMs } = service.metrics();
        return [sessions, valid, expired, meanAgeMs];
      };
      assert.deepEqual(stands(), [0, 0, 0, 0]);
      const { createdAt } = await manager.addSession({ id: "short", userId: "u", ttlMs: MINUTE });
      await manager.addSession({ id: "long", userId: "u", ttlMs: null });
      assert.deepEqual(stands().slice(0, 3), [2, 2, 0]);
      await advance(MINUTE);
      const [, , , meanAgeMs] = stands();
      assert.deepEqual(stands().slice(0, 3), [2, 1, 1]);
      assert.ok(Number.isInteger(meanAgeMs) && meanAgeMs >= MINUTE && meanAgeMs < MINUTE + 100, `${meanAgeMs}`);
      await manager.recoverSession("short");
      assert.deepEqual(stands().slice(0, 3), [2, 2, 0]);
      await advance(MINUTE);
      assert.deepEqual(stands().slice(0, 3), [2, 1, 1]);
      await manager.removeSession("long");
      assert.deepEqual(stands().slice(0, 3), [1, 0, 1]);
      assert.ok(stands()[3] >= 2 * MINUTE && createdAt >= NOW);
    }));
});

describe('a listener of "*"', () => {
  test("hears every event, in order, with its name and what is told of it", () =>
    withBridge({}, async ({ manager, service, disconnect, reconnect, advance }) => {
      const [all, single] = [[], []];
      manager.addEventListener("*", (event) => all.push(event));
      const types = ["session_created", "session_updated", "session_terminated", "session_expired", "active_session_changed", "connection_lost", "connection_restored", "write_rolled_back", "error_occurred"];
      for (const type of types) manager.addEventListener(type, (event) => single.push(event));
      await manager.addSession({ id: "a", userId: "u", data: { n: 0 }, ttlMs: MINUTE });
      await manager.updateSession("a", { n: 1 });
      await manager.setActiveSession("a");
      await advance(MINUTE);
      await disconnect();
      await reconnect();
      service.setGrants([{ origin: "https://app.example", read: "*" }]);
      await advance();
      await assert.rejects(manager.removeSession("a"), { code: "forbidden" });
      await advance();
      assert.deepEqual(all.map(({ detail }) => detail), single.map(({ type, detail }) => ({ type, ...detail })));
      for (const { type, detail } of all) assert.deepEqual([type, Object.isFrozen(detail)], ["*", true]);
      const heard = new Set(all.map(({ detail }) => detail.type));
      for (const type of ["session_created", "session_updated", "active_session_changed", "session_expired", "connection_lost", "connection_restored", "write_rolled_back"]) assert.ok(heard.has(type), type);
      const updated = all.find(({ detail }) => detail.type === "session_updated");
      assert.deepEqual([updated.detail.previous.data, updated.detail.session.data], [{ n: 0 }, { n: 1 }]);
    }));

  test("is one like any other: told once, of later events alone, and until it is removed", () =>
    withBridge({ sessions: [{ id: "a", userId: "u" }] }, async ({ manager, createManager, advance }) => {
      const [once, whole, first, late] = [[], [], [], []];
      const { addEventListener, removeEventListener } = manager;
      addEventListener("*", ({ detail }) => once.push(detail.type), { once: true });
      const hear = { handleEvent: ({ detail }) => whole.push(detail.type) };
      addEventListener("*", hear);
      addEventListener("session_created", () => {
        first.push(whole.length);
        if (!late.length) addEventListener("*", ({ detail }) => late.push(detail.type));
      });
      const other = createManager();
      other.addEventListener("*", () => {
        throw new Error("of this page alone");
      }, { signal: AbortSignal.abort() });
      await manager.addSession({ id: "b", userId: "u" });
      await manager.addSession({ id: "c", userId: "u" });
      removeEventListener("*", hear);
      await manager.addSession({ id: "d", userId: "u" });
      await advance();
      assert.deepEqual([once, whole], [["session_created"], ["session_created", "session_created"]]);
      assert.deepEqual(first, [0, 1, 2], "the event itself comes first");
      assert.deepEqual(late, ["session_created", "session_created", "session_created"]);
    }));

  test("that is not there costs no event", () =>
    withBridge({}, async ({ manager, SessionManager }) => {
      const raised = [];
      const { dispatchEvent } = manager;
      manager.dispatchEvent = (event) => raised.push(event.type) && dispatchEvent(event);
      await manager.addSession({ userId: "u" });
      manager.addEventListener("*", () => {});
      await manager.addSession({ userId: "u" });
      assert.deepEqual(raised, ["session_created", "session_created", "*"]);
      class Own extends SessionManager {
        addEventListener(...values) {
          this.asked = values;
          super.addEventListener(...values);
        }
      }
      const own = new Own({ serviceUrl: "/service.html" });
      const heard = [];
      own.addEventListener("*", ({ detail }) => heard.push(detail.type));
      await own.waitForReady();
      assert.deepEqual([own.asked[0], heard.includes("connection_established")], ["*", true]);
    }));
});

describe("a report", () => {
  const SECRET = "of-nobody-else";
  const MEMBERS = ["build", "correlationId", "events", "lastError", "metrics", "pendingWrites", "protocol", "reason", "sessions", "status", "storage", "storeVersion", "userAgent", "version"];
  const frozen = (value) => typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  /** Of a manager, once it was looked at as every report is. */
  const reported = (manager) => {
    const report = manager.report();
    assert.deepEqual(Object.keys(report).sort(), MEMBERS);
    assert.ok(frozen(report));
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    assert.ok(!JSON.stringify(report).includes(SECRET));
    return report;
  };

  test("has what a bug report needs, and nothing of a person", () =>
    withBridge({ grants: [{ origin: "https://app.example", read: "*", write: ["add", "update"] }] }, async ({ manager, advance }) => {
      await manager.addSession({ id: "a", userId: SECRET, data: { [SECRET]: SECRET } });
      await manager.updateSession("a", { [SECRET]: 5 });
      await assert.rejects(manager.removeSession("a"), { code: "forbidden" });
      await advance(MINUTE);
      const report = reported(manager);
      assert.deepEqual(report.metrics, manager.metrics());
      assert.match(report.version, /^\d+\.\d+\.\d+/);
      assert.match(report.build, /^[0-9a-f]{8}$/);
      assert.ok(Number.isInteger(report.protocol) && report.protocol >= 4);
      assert.match(report.correlationId, /^[0-9a-v]{11}$/);
      const { status, reason, storage, version, pendingWrites } = manager.getSnapshot();
      assert.deepEqual(report.storage, storage);
      assert.deepEqual([report.status, report.reason, report.pendingWrites, report.storeVersion, report.sessions, report.lastError], [status, reason, pendingWrites, version, 1, "forbidden"]);
      assert.equal(report.userAgent, "session-bridge/testing");
      const told = report.events.map(({ type, id, code }) => [type, id, code]);
      assert.deepEqual(told.filter(([type]) => type !== "storage_changed"), [
        ["connection_established", null, null],
        ["session_created", "a", null],
        ["session_updated", "a", null],
        ["write_rolled_back", "a", "forbidden"],
      ]);
      assert.deepEqual(told.filter(([type]) => type === "storage_changed"), [["storage_changed", null, storage.level]]);
      for (const event of report.events) assert.deepEqual([Object.keys(event), event.at >= NOW && event.at < NOW + MINUTE], [["type", "at", "id", "code"], true]);
    }));

  test("keeps the last 50 events, and does not change once it was given", () =>
    withBridge({}, async ({ manager, advance }) => {
      const add = (at) => manager.addSession({ id: `s${at}`, userId: "u" });
      for (let at = 0; at < 40; at++) await add(at);
      const before = reported(manager);
      const text = JSON.stringify(before);
      for (let at = 40; at < 60; at++) await add(at);
      await advance();
      const { events } = reported(manager);
      assert.deepEqual(events.map(({ id }) => id), Array.from({ length: 50 }, (_, at) => `s${at + 10}`));
      assert.deepEqual([JSON.stringify(before), before.events.length < 50], [text, true]);
    }));

  test("works before there is a connection, without one, and after close()", () =>
    withBridge({}, async ({ manager, createManager, disconnect, advance }) => {
      const early = createManager();
      const { status, protocol, correlationId, metrics, events } = reported(early);
      assert.deepEqual({ status, protocol, correlationId, metrics, events }, { status: "connecting", protocol: null, correlationId: null, metrics: early.metrics(), events: [] });
      await early.waitForReady();
      const live = reported(early);
      await disconnect();
      const lost = reported(early);
      assert.deepEqual([lost.status, lost.protocol, lost.correlationId], ["reconnecting", null, live.correlationId]);
      assert.deepEqual(lost.events.at(-1).type, "connection_lost");
      await advance(MINUTE);
      assert.equal(reported(early).lastError, "unreachable");
      await early.close();
      const over = reported(early);
      assert.deepEqual([over.status, over.correlationId, over.metrics.connection.opens], ["closed", live.correlationId, 1]);
      assert.ok(over.events.length >= live.events.length);
      await manager.close();
      const unasked = reported(manager);
      assert.deepEqual([typeof unasked.correlationId, unasked.metrics.connection.opens], ["string", 1], "closed before anybody asked for a report");
    }));

  test("is the connection's: managers of one page that share it have one correlation id, and keep it when it is made anew", () =>
    withBridge({}, async ({ manager, SessionManager, disconnect, reconnect }) => {
      const [one, two] = [new SessionManager({ serviceUrl: "/service.html" }), new SessionManager({ serviceUrl: "/service.html" })];
      await Promise.all([one.waitForReady(), two.waitForReady()]);
      const { correlationId } = one.report();
      assert.equal(two.report().correlationId, correlationId);
      assert.notEqual(manager.report().correlationId, correlationId, "another page has its own");
      await disconnect();
      await reconnect();
      assert.deepEqual([one.report().correlationId, one.report().protocol], [correlationId, manager.report().protocol]);
    }));

  test("has the correlation id of the readable log", async (t) => {
    const lines = [];
    t.mock.method(console, "debug", (line) => lines.push(line));
    await withBridge({ manager: { debug: true } }, async ({ manager, advance }) => {
      await advance();
      const hellos = lines.filter((line) => line.includes("hello"));
      assert.ok(hellos.length > 0, lines.join("\n"));
      for (const line of hellos) assert.equal(line, `session-bridge → hello, correlation id ${manager.report().correlationId}`);
    });
  });

  test("has an id that both sides write alike", (t) => {
    const lines = [];
    t.mock.method(console, "debug", (line) => lines.push(line));
    for (const drawn of [0, 1, 31, 32, 2 ** 53 - 1]) {
      page.message(true, -1, drawn);
      service.message(false, -1, drawn);
      page.message(true, 0, drawn);
    }
    assert.deepEqual(lines.slice(-3), [
      "session-bridge → hello, correlation id 7vvvvvvvvvv",
      "session-bridge service ← hello, correlation id 7vvvvvvvvvv",
      "session-bridge → Writes, 9007199254740991 bytes",
    ]);
    const ids = lines.filter((line) => line.includes("hello")).map((line) => line.split(" ").at(-1));
    assert.deepEqual(ids.filter((_, at) => at % 2), ids.filter((_, at) => at % 2 === 0));
    assert.equal(new Set(ids).size, 5);
  });
});
