import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };
/** Long enough for anything that is pushed to have come. */
const SETTLE_MS = 700;

const add = (tab, id) => tab.call((id) => window.sessionBridge.addSession({ id, userId: "user" }).then(({ pending }) => pending), id);
const ids = async (tab) => (await tab.snapshot()).sessions.map(({ id }) => id);

/** Where sites cannot share, each works alone and says so. */
export function levelScenario(stand) {
  describe(`${stand.name}: the handle is refused`, () => {
    let world;
    before(async () => (world = await openWorld(stand, "blocked")));
    after(() => world?.close());

    test("each site works in its own partition and says so", async () => {
      const [a, a2, b, owner] = await Promise.all(["siteA", "siteA", "siteB", "owner"].map((site) => world.openLive(site, QUIET)));
      for (const tab of [a, b]) {
        const handle = await tab.serviceFrame().evaluate(() =>
          document.requestStorageAccess({ indexedDB: true }).then(() => "given", (error) => error.name));
        assert.equal(handle, "NotAllowedError", "the browser gives a handle after all");
      }
      const alone = { level: "partitioned", shared: false, upgrade: "none" };
      for (const tab of [a, a2, b]) assert.deepEqual((await tab.snapshot()).storage, alone);
      assert.equal((await owner.snapshot()).storage.level, "same-site");

      for (const tab of [a, b, owner]) assert.equal(await add(tab, `of-${tab.site}`), false);
      await a2.untilSnapshot((one) => one.sessions.some(({ id }) => id === "of-siteA"), "the push within one site");
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      for (const tab of [a, a2, b, owner]) assert.deepEqual(await ids(tab), [`of-${tab.site}`]);

      await a.page.reload();
      await a.ready();
      assert.deepEqual(await ids(a), ["of-siteA"], "the partition keeps what it was given");
    });
  });

  describe(`${stand.name}: storage is refused`, () => {
    let world;
    before(async () => (world = await openWorld(stand, "refused")));
    after(() => world?.close());

    test("each page works in memory and says so", async () => {
      const [a, b] = await Promise.all(["siteA", "siteB"].map((site) => world.openLive(site, QUIET)));
      for (const tab of [a, b]) {
        const refusal = await tab.serviceFrame().evaluate(() => new Promise((resolve) => {
          const request = indexedDB.open("probe");
          request.onsuccess = () => resolve("opened");
          request.onerror = () => resolve("refused");
        }));
        assert.equal(refusal, "refused", "the browser stores after all");
        assert.deepEqual((await tab.snapshot()).storage, { level: "memory", shared: false, upgrade: "none" });
        assert.equal(await add(tab, `of-${tab.site}`), false);
        await tab.call((id) => window.sessionBridge.updateSession(id, { name: "changed" }), `of-${tab.site}`);
        await tab.call((id) => window.sessionBridge.setActiveSession(id), `of-${tab.site}`);
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      for (const tab of [a, b]) {
        const snapshot = await tab.snapshot();
        assert.deepEqual(snapshot.sessions.map(({ id, data }) => [id, data.name]), [[`of-${tab.site}`, "changed"]]);
        assert.equal(snapshot.activeSession.id, `of-${tab.site}`);
        await tab.call((id) => window.sessionBridge.removeSession(id), `of-${tab.site}`);
        assert.deepEqual(await ids(tab), []);
      }
    });
  });
}
