import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

/** Long enough that neither a heartbeat nor an expired cache can bring anything within the test. */
const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };
const BOUND_MS = 10_000;

/** Starts to watch a page for `condition` on its snapshot; the answer tells, when awaited, at what Unix time it held. */
async function watch(tab, condition, id) {
  await tab.call((condition, id, bound) => {
    const manager = window.sessionBridge;
    window.watched = new Promise((resolve, reject) => {
      const check = () => condition(manager.getSnapshot(), id) && finish(resolve, Date.now());
      const timer = setTimeout(() => finish(reject, new Error(`Nothing was pushed within ${bound} ms.`)), bound);
      const leave = manager.subscribe(check);
      const finish = (settle, value) => {
        clearTimeout(timer);
        leave();
        settle(value);
      };
    });
    window.watched.catch(() => {});
  }, condition, id, BOUND_MS);
  return () => tab.call(() => window.watched);
}

/** A change made in one page must come by push alone to the others that share its store. */
export function pushScenario(play) {
  describe(`${play.title}: a change on one page is pushed to those that share its store`, () => {
    let world;
    let a;
    let others;
    before(async () => {
      world = await openWorld(play);
      a = await world.openLive("siteA", QUIET);
      others = await Promise.all(world.company.map((site) => world.openLive(site, QUIET)));
    });
    after(() => world?.close());

    async function pushed(t, act, condition) {
      const id = "pushed";
      const arrivals = await Promise.all(others.map((tab) => watch(tab, condition, id)));
      const called = await a.call(act, id);
      for (const [index, arrival] of arrivals.entries()) {
        const took = (await arrival()) - called;
        t.diagnostic(`${others[index].name} shows it ${took} ms after the call on siteA`);
        assert.ok(took < BOUND_MS);
      }
    }

    test("the pages stand where the engine lets them", async () => {
      for (const tab of [a, ...others]) {
        const { storage } = await tab.snapshot();
        const ownSite = ["owner", "sibling"].includes(tab.name);
        assert.equal(storage.level, ownSite ? "same-site" : world.situation.level, tab.name);
        assert.equal(storage.shared, world.situation.shared, tab.name);
        if (storage.shared) assert.equal(storage.upgrade, "none", tab.name);
      }
    });

    test("an added session", (t) =>
      pushed(
        t,
        (id) => {
          const called = Date.now();
          return window.sessionBridge.addSession({ id, userId: "user", data: { name: "Pushed" } }).then(() => called);
        },
        (snapshot, id) => snapshot.sessions.some((one) => one.id === id && !one.pending && one.data.name === "Pushed"),
      ));

    test("a switch of the active session", (t) =>
      pushed(
        t,
        (id) => {
          const called = Date.now();
          return window.sessionBridge.setActiveSession(id).then(() => called);
        },
        (snapshot, id) => snapshot.activeSession?.id === id,
      ));

    test("a removal", (t) =>
      pushed(
        t,
        (id) => {
          const called = Date.now();
          return window.sessionBridge.removeSession(id).then(() => called);
        },
        (snapshot, id) => snapshot.activeSession === null && !snapshot.sessions.some((one) => one.id === id),
      ));
  });
}
