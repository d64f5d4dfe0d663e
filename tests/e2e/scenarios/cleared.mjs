import assert from "node:assert/strict";
import { test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUICK = { heartbeatMs: 500 };
/** What the store is called in IndexedDB when its owner gives it no name. */
const DATABASE = "session-bridge:default";

/** The store is thrown away under the running services, and filled anew. */
export function clearedScenario(play) {
  test(`${play.title}: a store that is cleared under its services is known for another one`, async () => {
    const world = await openWorld(play);
    try {
      const [a, b, c] = await Promise.all(["siteA", ...world.company.slice(0, 2)].map((site) => world.openLive(site, QUICK)));
      await a.call(() => window.sessionBridge.addSession({ id: "old", userId: "user" }));
      for (const tab of [a, b, c]) await tab.untilSnapshot((one) => one.sessions.length === 1, "the old session");
      const before = await a.snapshot();

      const deleted = await c.inService((name) => new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = ({ oldVersion }) => resolve(oldVersion);
        request.onerror = () => reject(request.error);
      }), DATABASE);
      assert.ok(deleted > 0, "there was no database to delete");

      for (const tab of [a, b, c]) await tab.untilSnapshot((one) => one.sessions.length === 0, "the loss of the old store");

      // The same number of commits again, so that only the epoch tells the stores apart.
      await b.call(() => window.sessionBridge.addSession({ id: "new", userId: "user" }));
      for (const tab of [a, b, c]) {
        const snapshot = await tab.untilSnapshot((one) => one.sessions.length === 1 && one.sessions[0].id === "new", "the new store");
        assert.notEqual(snapshot.version.epoch, before.version.epoch);
        assert.equal(snapshot.version.seq, before.version.seq);
      }
      await a.call(() => window.sessionBridge.updateSession("new", { name: "works" }));
    } finally {
      await world.close();
    }
  });
}
