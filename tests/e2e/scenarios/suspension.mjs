import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUICK = { heartbeatMs: 500, requestTimeoutMs: 1_000, initialMs: 50, maxMs: 500 };
const ids = (snapshot) => snapshot.sessions.map(({ id }) => id);

/** A page that was put aside shows nothing old when it comes back, and needs no reload. */
export function suspensionScenario(stand) {
  describe(`${stand.name}: a page that was put aside`, () => {
    let world;
    let a;
    let b;
    before(async () => {
      world = await openWorld(stand, "allowed");
      [a, b] = await Promise.all(["siteA", "siteB"].map((site) => world.openLive(site, QUICK)));
      await b.call(async () => {
        for (const id of ["signed-out", "kept"]) await window.sessionBridge.addSession({ id, userId: "user" });
      });
      await a.untilSnapshot((one) => one.sessions.length === 2, "both sessions");
    });
    after(() => world?.close());

    test("in the back/forward cache never shows, once back, what was removed meanwhile", async () => {
      await a.call(() => {
        window.shownAfterRestore = [];
        window.addEventListener("pageshow", ({ persisted }) => {
          window.persisted = persisted;
          const look = () => {
            const snapshot = window.sessionBridge.getSnapshot();
            window.shownAfterRestore.push({ ids: snapshot.sessions.map(({ id }) => id), status: snapshot.status, reason: snapshot.reason });
          };
          look();
          window.sessionBridge.subscribe(look);
          requestAnimationFrame(look);
        });
      });
      await a.page.goto(`${world.origins.siteA}/origins.json`);
      await b.call(() => window.sessionBridge.removeSession("signed-out"));
      await a.page.goBack({ waitUntil: "load" }).catch(() => {});
      await a.untilSnapshot((one) => one.status === "live" && one.sessions.length === 1, "the current sessions");
      assert.equal(await a.call(() => window.persisted), true, "the page did not come from the back/forward cache");
      const shown = await a.call(() => window.shownAfterRestore);
      assert.ok(shown.length >= 2);
      assert.deepEqual(shown.filter((one) => one.ids.includes("signed-out")), []);
      assert.equal(shown[0].reason, "withheld");
      assert.deepEqual(ids(await a.snapshot()), ["kept"]);
    });

    test("frozen for a while catches up and goes on", async () => {
      const session = await a.page.createCDPSession();
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      await b.call(() => window.sessionBridge.addSession({ id: "meanwhile", userId: "user" }));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await session.send("Page.setWebLifecycleState", { state: "active" });
      await a.untilSnapshot((one) => one.status === "live" && ids(one).includes("meanwhile"), "what happened meanwhile");
      await a.call(() => window.sessionBridge.updateSession("meanwhile", { name: "after" }));
      await b.untilSnapshot((one) => one.sessions.some(({ data }) => data.name === "after"), "the write after the freeze");
    });
  });
}
