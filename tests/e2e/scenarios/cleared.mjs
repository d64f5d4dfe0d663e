import assert from "node:assert/strict";
import { test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUICK = { heartbeatMs: 500 };

/** The store is thrown away under the running services, and filled anew. */
export function clearedScenario(stand) {
  test(`${stand.name}: a store that is cleared under its services is known for another one`, async () => {
    const world = await openWorld(stand, "allowed");
    try {
      const [a, b, owner] = await Promise.all(["siteA", "siteB", "owner"].map((site) => world.openLive(site, QUICK)));
      await a.call(() => window.sessionBridge.addSession({ id: "old", userId: "user" }));
      for (const tab of [a, b, owner]) await tab.untilSnapshot((one) => one.sessions.length === 1, "the old session");
      const before = await a.snapshot();

      const deleted = await owner.call(async () => {
        const names = (await indexedDB.databases()).map(({ name }) => name);
        await Promise.all(names.map((name) => new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name);
          request.onsuccess = resolve;
          request.onerror = () => reject(request.error);
        })));
        return names;
      });
      assert.ok(deleted.length > 0, "there was no database to delete");

      for (const tab of [a, b, owner]) await tab.untilSnapshot((one) => one.sessions.length === 0, "the loss of the old store");

      // The same number of commits again, so that only the epoch tells the stores apart.
      await b.call(() => window.sessionBridge.addSession({ id: "new", userId: "user" }));
      for (const tab of [a, b, owner]) {
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
