import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openWorld } from "../harness/world.mjs";

const frames = (tab) => tab.call(() => document.querySelectorAll("iframe").length);

/** Managers come and go; the frame stays while one of them is there. */
export function lifetimeScenario(play) {
  describe(`${play.title}: the managers of one page`, () => {
    let world;
    let a;
    before(async () => {
      world = await openWorld(play);
      a = await world.openLive("siteA");
    });
    after(() => world?.close());

    test("share one frame and one state", async () => {
      assert.equal(await frames(a), 1);
      const seen = await a.call(async (serviceUrl) => {
        const first = window.sessionBridge;
        const second = new first.constructor({ serviceUrl });
        window.secondManager = second;
        await second.waitForReady();
        await first.addSession({ id: "shared", userId: "user" });
        return second.getSnapshot().sessions.map(({ id }) => id);
      }, `${world.origins.service}/service.html`);
      assert.deepEqual(seen, ["shared"]);
      assert.equal(await frames(a), 1, "the second manager brought a frame of its own");
    });

    test("keep the frame until the last of them is closed", async () => {
      await a.call(() => window.secondManager.close());
      assert.equal(await a.call(() => window.secondManager.getSnapshot().status), "closed");
      assert.equal(await frames(a), 1);
      assert.equal((await a.snapshot()).status, "live");
      await a.call(() => window.sessionBridge.updateSession("shared", { still: "working" }));

      const late = await a.call(async () => {
        const manager = window.sessionBridge;
        const write = manager.updateSession("shared", { last: "words" }).then(() => "confirmed", (error) => error.code);
        await manager.close();
        const after = await Promise.resolve().then(() => manager.addSession({ userId: "user" })).then(() => "added", (error) => error.code);
        return { write: await write, after, status: manager.getSnapshot().status };
      });
      assert.deepEqual(late, { write: "confirmed", after: "closed", status: "closed" });
      assert.equal(await frames(a), 0);
    });

    test("have a frame that loads while the module is on its way", async () => {
      const seen = await a.call(async (serviceUrl) => {
        const { fetch } = window;
        let come;
        const coming = new Promise((resolve) => (come = resolve));
        window.fetch = (...values) => coming.then(() => fetch(...values));
        // Another copy of the script, which has no module yet.
        const { SessionManager } = await import("/package/manager.js?held");
        const manager = new SessionManager({ serviceUrl: `${serviceUrl}?held` });
        await null;
        const own = () => [...document.querySelectorAll("iframe")].filter(({ src }) => src.endsWith("?held"));
        const [iframe, ...more] = own();
        await new Promise((resolve) => iframe.addEventListener("load", resolve));
        const before = manager.getSnapshot().status;
        window.fetch = fetch;
        come();
        await manager.waitForReady();
        const same = own().length === 1 && own()[0] === iframe;
        await manager.close();
        return { more: more.length, before, same, left: own().length };
      }, `${world.origins.service}/service.html`);
      assert.deepEqual(seen, { more: 0, before: "connecting", same: true, left: 0 });
    });

    test("leave behind what they wrote", async () => {
      const b = await world.openLive(world.company[0]);
      const { sessions } = await b.snapshot();
      assert.deepEqual(sessions.map(({ id, data }) => ({ id, data })), [{ id: "shared", data: { still: "working", last: "words" } }]);
    });
  });
}
