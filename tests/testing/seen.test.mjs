// What an owner sees of a store and a page: counts of sessions, and every event in one place.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestBridge } from "../../dist/testing.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = 1_000_000_000_000;

/** Runs `task` with a bridge, and closes it. */
async function withBridge(options, task) {
  // A check every ten seconds would be most of what a day of these tests does.
  const bridge = await createTestBridge({ now: NOW, manager: { heartbeatMs: DAY }, ...options });
  try {
    return await task(bridge);
  } finally {
    await bridge.close();
  }
}

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
