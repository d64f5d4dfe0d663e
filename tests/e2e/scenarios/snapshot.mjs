import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };

/** What a page sees of its own writes. */
export function snapshotScenario(play) {
  describe(`${play.title}: the snapshot of a page that writes`, () => {
    let world;
    let a;
    let b;
    before(async () => {
      world = await openWorld(play);
      [a, b] = await Promise.all(["siteA", world.company[0]].map((site) => world.openLive(site, QUIET)));
    });
    after(() => world?.close());

    test("shows a write in the task of the call, pending until it is confirmed", async () => {
      const seen = await a.call(async () => {
        const manager = window.sessionBridge;
        const find = () => manager.getSnapshot().sessions.find((one) => one.id === "mine") ?? null;
        const before = { shown: find(), snapshot: manager.getSnapshot() };
        const added = manager.addSession({ id: "mine", userId: "user", data: { name: "first" } });
        const atOnce = find();
        const pendingWrites = manager.getSnapshot().pendingWrites;
        const replaced = manager.getSnapshot() !== before.snapshot;
        const confirmed = await added;
        const created = find();

        const updated = manager.updateSession("mine", { name: "second" });
        const changedAtOnce = find();
        await updated;
        const changed = find();

        const removed = manager.removeSession("mine");
        const goneAtOnce = find();
        await removed;
        return {
          before: before.shown, atOnce, pendingWrites, replaced, confirmed, created,
          changedAtOnce, changed, goneAtOnce, gone: find(), left: manager.getSnapshot().pendingWrites,
        };
      });
      assert.equal(seen.before, null);
      assert.equal(seen.atOnce?.pending, true);
      assert.equal(seen.atOnce.version, null, "nobody but this page knows it yet");
      assert.equal(seen.pendingWrites, 1);
      assert.ok(seen.replaced, "a changed snapshot is another object");
      assert.equal(seen.confirmed.id, "mine");
      assert.equal(seen.created.pending, false);
      assert.ok(Number.isSafeInteger(seen.created.version));
      assert.deepEqual([seen.changedAtOnce.data.name, seen.changedAtOnce.pending], ["second", true]);
      assert.deepEqual([seen.changed.data.name, seen.changed.pending], ["second", false]);
      assert.ok(seen.changed.version > seen.created.version);
      assert.equal(seen.goneAtOnce, null);
      assert.equal(seen.gone, null);
      assert.equal(seen.left, 0);
    });

    test("is the same frozen object while nothing changes", async () => {
      const seen = await a.call(async () => {
        const manager = window.sessionBridge;
        await manager.addSession({ id: "frozen", userId: "user", data: { nested: { list: [1, { deep: true }] } } });
        await manager.setActiveSession("frozen");
        const held = manager.getSnapshot();
        let told = 0;
        const leave = manager.subscribe(() => (told += 1));
        await manager.getAllSessions();
        await new Promise((resolve) => setTimeout(resolve, 500));
        leave();
        const thawed = [];
        const walk = (value, path) => {
          if (typeof value !== "object" || value === null) return;
          if (!Object.isFrozen(value)) thawed.push(path);
          for (const [key, member] of Object.entries(value)) walk(member, `${path}.${key}`);
        };
        walk(held, "snapshot");
        const now = manager.getSnapshot();
        return { told, same: now === held, sameList: now.sessions === held.sessions, thawed, count: held.sessions.length };
      });
      assert.ok(seen.count >= 1);
      assert.equal(seen.told, 0, "a listener was called though nothing changed");
      assert.ok(seen.same);
      assert.ok(seen.sameList);
      assert.deepEqual(seen.thawed, []);
    });

    test("hostile 38: a page loses a refused write, and only that one", async () => {
      const seen = await a.call(async () => {
        const manager = window.sessionBridge;
        await manager.addSession({ id: "limited", userId: "user", data: { name: "before" } });
        const rolledBack = [];
        manager.addEventListener("write_rolled_back", ({ detail }) => rolledBack.push({ code: detail.error.code, id: detail.id }));
        const find = (id) => manager.getSnapshot().sessions.find((one) => one.id === id) ?? null;
        const told = (error) => ({ name: error.name, code: error.code, retryable: error.retryable, isError: error instanceof Error });
        const outcome = (promise) => promise.then(() => "confirmed", told);

        const refused = outcome(manager.updateSession("limited", { name: "refused", filler: "x".repeat(70_000) }));
        const second = outcome(manager.updateSession("limited", { colour: "green" }));
        const third = outcome(manager.addSession({ id: "behind", userId: "user" }));
        const atOnce = find("limited");
        const outcomes = [await refused, await second, await third];
        return {
          atOnce: { name: atOnce.data.name, colour: atOnce.data.colour, filler: atOnce.data.filler?.length },
          outcomes, rolledBack, after: find("limited").data, behind: find("behind"), left: manager.getSnapshot().pendingWrites,
        };
      });
      assert.deepEqual(seen.atOnce, { name: "refused", colour: "green", filler: 70_000 });
      assert.deepEqual(seen.outcomes, [
        { name: "SessionError", code: "limit_exceeded", retryable: false, isError: true }, "confirmed", "confirmed",
      ]);
      assert.deepEqual(seen.rolledBack, [{ code: "limit_exceeded", id: "limited" }]);
      assert.deepEqual(seen.after, { name: "before", colour: "green" });
      assert.equal(seen.behind?.pending, false);
      assert.equal(seen.left, 0);
    });

    test("hostile 38: a page loses a write that another page's write has overtaken", async (t) => {
      await a.call(() => window.sessionBridge.addSession({ id: "contested", userId: "user", data: { name: "before" } }));
      await b.untilSnapshot((snapshot) => snapshot.sessions.some((one) => one.id === "contested"), "the contested session");
      // A's page is kept too busy to hear of B's write, and then writes on what it still shows. Each keeps to a time of
      // day: a driver may be unable to reach one page while another is busy.
      const from = Date.now() + 500;
      const times = { from, write: from + 200, to: from + 1_700 };
      const theirs = b.call(async ({ write }) => {
        await new Promise((resolve) => setTimeout(resolve, write - Date.now()));
        await window.sessionBridge.updateSession("contested", { name: "theirs" });
        return Date.now();
      }, times);
      const ours = a.call(async ({ from, to }) => {
        await new Promise((resolve) => setTimeout(resolve, from - Date.now()));
        const manager = window.sessionBridge;
        const find = () => manager.getSnapshot().sessions.find((one) => one.id === "contested");
        const held = find().version;
        const rolledBack = [];
        manager.addEventListener("write_rolled_back", ({ detail }) => rolledBack.push({ code: detail.error.code, id: detail.id }));
        while (Date.now() < to);
        const wrote = Date.now();
        const settle = (promise) => promise.then(() => "confirmed", (error) => error.code);
        const refused = settle(manager.updateSession("contested", { name: "mine" }, { ifVersion: held }));
        const second = settle(manager.updateSession("contested", { colour: "green" }));
        const third = settle(manager.addSession({ id: "behind-contested", userId: "user" }));
        const atOnce = find().data;
        const outcomes = [await refused, await second, await third];
        return { wrote, atOnce, outcomes, rolledBack, after: find().data };
      }, times);
      const [confirmed, seen] = await Promise.all([theirs, ours]);
      t.diagnostic(`B's write was confirmed ${seen.wrote - confirmed} ms before A wrote`);
      assert.ok(confirmed < seen.wrote, "B's write came too late to overtake");
      assert.deepEqual(seen.atOnce, { name: "mine", colour: "green" }, "A had not heard of B's write");
      assert.deepEqual(seen.outcomes, ["conflict", "confirmed", "confirmed"]);
      assert.deepEqual(seen.rolledBack, [{ code: "conflict", id: "contested" }]);
      assert.deepEqual(seen.after, { name: "theirs", colour: "green" });
    });
  });
}
