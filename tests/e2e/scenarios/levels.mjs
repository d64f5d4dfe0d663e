import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };
/** Long enough for anything that is pushed to have come. */
const SETTLE_MS = 700;

const add = (tab, id) => tab.call((id) => window.sessionBridge.addSession({ id, userId: "user" }).then(({ pending }) => pending), id);
const ids = async (tab) => (await tab.snapshot()).sessions.map(({ id }) => id);

/** Whether the frame gets a handle. A browser that knows none is not asked: it might ask a person. */
const askForHandle = () =>
  typeof StorageAccessHandle === "undefined"
    ? "none here"
    : document.requestStorageAccess({ indexedDB: true }).then(() => "given", (error) => error.name);

/** Whether the frame may open a database. */
const openDatabase = () =>
  new Promise((resolve) => {
    try {
      const request = indexedDB.open("probe");
      request.onsuccess = () => resolve("opened");
      request.onerror = () => resolve("refused");
    } catch {
      resolve("refused");
    }
  });

/** The engine's setting that lets a page of another site reach `level`, if it has one. */
const settingFor = ({ engine }, level) => Object.keys(engine.settings).find((setting) => engine.settings[setting].level === level);

/** Where sites cannot share, each works alone and says so. */
export function levelScenario(play) {
  partitioned(play, settingFor(play, "partitioned"));
  const refused = settingFor(play, "memory");
  if (refused) inMemory(play, refused);
}

function partitioned(play, setting) {
  describe(`${play.title}: each site has its own partition`, () => {
    let world;
    before(async () => (world = await openWorld(play, { setting })));
    after(() => world?.close());

    test("each site works in its own partition and says so", async () => {
      const tabs = await Promise.all(["siteA", "siteA", "siteB", "owner"].map((site) => world.openLive(site, QUIET)));
      const [a, a2, b, owner] = tabs;
      for (const tab of [a, b]) {
        assert.notEqual(await tab.inService(askForHandle), "given", "the browser gives a handle after all");
      }
      for (const tab of [a, a2, b]) {
        const { level, shared } = (await tab.snapshot()).storage;
        assert.deepEqual({ level, shared }, { level: "partitioned", shared: false });
      }
      assert.equal((await owner.snapshot()).storage.level, "same-site");

      for (const tab of [a, b, owner]) assert.equal(await add(tab, `of-${tab.name}`), false);
      await a2.untilSnapshot((one) => one.sessions.some(({ id }) => id === "of-siteA"), "the push within one site");
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      for (const tab of [a, b, owner]) assert.deepEqual(await ids(tab), [`of-${tab.name}`]);
      assert.deepEqual(await ids(a2), ["of-siteA"]);

      await a.window.reload();
      await a.ready();
      assert.deepEqual(await ids(a), ["of-siteA"], "the partition keeps what it was given");
    });
  });
}

function inMemory(play, setting) {
  describe(`hostile 44: ${play.title}: storage is refused`, () => {
    let world;
    before(async () => (world = await openWorld(play, { setting })));
    after(() => world?.close());

    test("each page works in memory and says so", async () => {
      const [a, b] = await Promise.all(["siteA", "siteB"].map((site) => world.openLive(site, QUIET)));
      for (const tab of [a, b]) {
        assert.equal(await tab.inService(openDatabase), "refused", "the browser stores after all");
        const { level, shared } = (await tab.snapshot()).storage;
        assert.deepEqual({ level, shared }, { level: "memory", shared: false });
        assert.equal(await add(tab, `of-${tab.name}`), false);
        await tab.call((id) => window.sessionBridge.updateSession(id, { name: "changed" }), `of-${tab.name}`);
        await tab.call((id) => window.sessionBridge.setActiveSession(id), `of-${tab.name}`);
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      for (const tab of [a, b]) {
        const snapshot = await tab.snapshot();
        assert.deepEqual(snapshot.sessions.map(({ id, data }) => [id, data.name]), [[`of-${tab.name}`, "changed"]]);
        assert.equal(snapshot.activeSession.id, `of-${tab.name}`);
        await tab.call((id) => window.sessionBridge.removeSession(id), `of-${tab.name}`);
        assert.deepEqual(await ids(tab), []);
      }
    });
  });
}
