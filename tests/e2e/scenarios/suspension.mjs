import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needs } from "../harness/plays.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

const QUICK = { heartbeatMs: 500, requestTimeoutMs: 1_000, initialMs: 50, maxMs: 500 };
/** How often a page may be left amid its writes until the browser keeps it: it need not. */
const LEAVINGS = 4;
/** What another page may have to wait then. */
const HELD_UP_MS = 3_000;
const ids = (snapshot) => snapshot.sessions.map(({ id }) => id);

/**
 * From `pageshow` on keeps every snapshot that a subscriber is told of, and what each rendered frame would show, in
 * `window.shownAfterRestore`.
 */
function watchRestores() {
  window.shownAfterRestore = [];
  window.addEventListener("pageshow", ({ persisted }) => {
    window.persisted = persisted;
    const look = (at) => {
      const { sessions, status, reason } = window.sessionBridge.getSnapshot();
      window.shownAfterRestore.push({ at, ids: sessions.map(({ id }) => id), status, reason });
    };
    look("pageshow");
    window.sessionBridge.subscribe(() => look("change"));
    const eachFrame = () => {
      look("frame");
      requestAnimationFrame(eachFrame);
    };
    requestAnimationFrame(eachFrame);
  });
}

/** A page that was put aside shows nothing old when it comes back, and needs no reload. */
export function suspensionScenario(play) {
  describe(`${play.title}: a page that was put aside`, () => {
    let world;
    let a;
    let b;
    before(async () => {
      world = await openWorld(play);
      [a, b] = await Promise.all(["siteA", world.company[0]].map((site) => world.openLive(site, QUICK)));
      await b.call(async () => {
        for (const id of ["signed-out", "kept"]) await window.sessionBridge.addSession({ id, userId: "user" });
      });
      await a.untilSnapshot((one) => one.sessions.length === 2, "both sessions");
    });
    after(() => world?.close());

    test("hostile 37, 43: a page in the back/forward cache never shows, once back, what was removed meanwhile", async (t) => {
      await a.call(watchRestores);
      await a.window.goto(`${world.origins.siteA}/origins.json`);
      await b.call(() => window.sessionBridge.removeSession("signed-out"));
      // A frame that listened for others' commits while it is away would keep the page from being kept.
      await b.call(() => window.sessionBridge.addSession({ id: "meanwhile", userId: "user" }));
      await a.window.back();
      await until(() => a.call(() => location.pathname !== "/origins.json" && Boolean(window.sessionBridge)), "the page to be back");
      assert.equal(await a.call(() => window.persisted), true, "the page did not come from the back/forward cache");
      await a.untilSnapshot((one) => one.status === "live" && ids(one).includes("meanwhile"), "the current sessions");
      await until(() => a.call(() => window.shownAfterRestore.at(-1)?.at === "frame"), "a frame with the current sessions");
      const shown = await a.call(() => window.shownAfterRestore);
      const frames = shown.filter(({ at }) => at === "frame");
      t.diagnostic(`${shown.length - frames.length} snapshots and ${frames.length} frames watched`);
      assert.ok(frames.length > 0);
      assert.deepEqual(shown.filter((one) => one.ids.includes("signed-out")), []);
      assert.equal(shown[0].reason, "withheld");
      assert.deepEqual(shown.at(-1).ids.sort(), ["kept", "meanwhile"]);
    });

    test("hostile 40: a page that is left amid its writes holds up nobody, and confirms them once it is back", needs(play, "returnTwice"), async (t) => {
      const writes = 60;
      let kept;
      for (let round = 0; kept === undefined; round += 1) {
        assert.ok(round < LEAVINGS, `the browser kept none of ${LEAVINGS} pages that were left amid their writes`);
        await a.call(({ round, writes }) => {
          const state = (window.left = { confirmed: 0, refused: [] });
          for (let n = 0; n < writes; n += 1) {
            setTimeout(() => window.sessionBridge.addSession({ id: `left-${round}-${n}`, userId: "user" }).then(
              () => (state.confirmed += 1),
              (error) => state.refused.push(error.code),
            ), n);
          }
        }, { round, writes });
        await a.call(() => void setTimeout(() => (location.href = "/origins.json"), 20));
        // Not looked at while it is being left: see the window's `back`.
        await new Promise((resolve) => setTimeout(resolve, 500));
        await until(() => a.call(() => location.pathname === "/origins.json"), "the page to be left");
        const took = await b.call((id) => {
          const began = performance.now();
          return window.sessionBridge.addSession({ id, userId: "user" }).then(() => performance.now() - began);
        }, `stayed-${round}`);
        assert.ok(took < HELD_UP_MS, `another page's write took ${Math.round(took)} ms`);
        t.diagnostic(`round ${round}: another page's write took ${Math.round(took)} ms`);
        await a.window.back();
        await a.ready();
        if (await a.call(() => window.left === undefined)) continue;
        const done = await until(async () => {
          const state = await a.call(() => window.left);
          return state.confirmed + state.refused.length === writes && state;
        }, "the writes it was left with", { describe: () => a.call(() => window.left) });
        assert.deepEqual(done.refused, []);
        kept = round;
      }
      const wanted = Array.from({ length: writes }, (_, n) => `left-${kept}-${n}`);
      const all = (one) => wanted.every((id) => one.sessions.some((session) => session.id === id && !session.pending));
      for (const tab of [a, b]) await tab.untilSnapshot(all, "every write");
    });

    test("hostile 40, 42: a page that is frozen for a while catches up and goes on", needs(play, "freeze"), async () => {
      await a.window.freeze(true);
      await b.call(() => window.sessionBridge.addSession({ id: "frozen", userId: "user" }));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await a.window.freeze(false);
      await a.untilSnapshot((one) => one.status === "live" && ids(one).includes("frozen"), "what happened meanwhile");
      await a.call(() => window.sessionBridge.updateSession("frozen", { name: "after" }));
      await b.untilSnapshot((one) => one.sessions.some(({ data }) => data.name === "after"), "the write after the freeze");
    });
  });
}
