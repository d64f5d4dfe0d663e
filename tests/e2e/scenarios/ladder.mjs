import assert from "node:assert/strict";
import { test } from "node:test";
import { needs, titled } from "../harness/plays.mjs";
import { callOf } from "../harness/script.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };

const add = (tab, id) => tab.call((id) => window.sessionBridge.addSession({ id, userId: "user", data: { count: 0 } }).then(({ id }) => id), id);
const remove = (tab, id) => tab.call((id) => window.sessionBridge.removeSession(id), id);
const ids = ({ sessions }) => sessions.map(({ id }) => id).sort();
const at = (level, ...wanted) => (one) => one.storage.level === level && String(ids(one)) === String(wanted.sort());

/** From now on keeps what every subscriber sees, and what is told of storage and of sessions that end. */
const watch = (tab) =>
  tab.call(() => {
    const manager = window.sessionBridge;
    window.seen = [];
    window.told = [];
    manager.subscribe(() => {
      const { sessions, storage } = manager.getSnapshot();
      window.seen.push({ level: storage.level, ids: sessions.map(({ id }) => id) });
    });
    manager.addEventListener("storage_changed", ({ detail }) => window.told.push(detail.storage.level));
    for (const type of ["session_terminated", "write_rolled_back"]) manager.addEventListener(type, () => window.told.push(type));
  });
const seen = (tab) => tab.call(() => window.seen);
const told = (tab) => tab.call(() => window.told);

/** Runs `task` in a world in which nobody has been given access yet. */
function inWorld(play, name, task) {
  test(titled(play, name), needs(play, "permit"), async (t) => {
    const world = await openWorld(play, { setting: "blocked" });
    try {
      await task(world, t);
    } finally {
      await world.close();
    }
  });
}

/** The ladder while it is climbed: grants that come and go under running services. */
export function ladderScenario(play) {
  inWorld(play, "hostile 46: a grant moves both sites up with what each held", async (world) => {
    const [a, a2, b, owner] = await Promise.all(["siteA", "siteA", "siteB", "owner"].map((site) => world.openLive(site, QUIET)));
    for (const tab of [a, b]) {
      assert.deepEqual((await tab.snapshot()).storage, { level: "partitioned", shared: false, upgrade: "gesture", declinedUntil: null });
    }
    await add(a, "of-a");
    await add(b, "of-b");
    await add(owner, "of-owner");
    await a2.untilSnapshot(at("partitioned", "of-a"), "the push within one site");
    for (const tab of [a, a2, b, owner]) await watch(tab);

    await world.permit("siteA", "allow");
    for (const tab of [a, a2]) await tab.untilSnapshot(at("handle", "of-a", "of-owner"), "the move up");
    await owner.untilSnapshot(at("same-site", "of-a", "of-owner"), "what site A brought along");
    assert.deepEqual((await a.snapshot()).storage, { level: "handle", shared: true, upgrade: "none", declinedUntil: null });
    assert.deepEqual(ids(await b.snapshot()), ["of-b"], "site B was not asked");

    await world.permit("siteB", "allow");
    for (const tab of [a, a2, b, owner]) {
      await tab.untilSnapshot((one) => String(ids(one)) === "of-a,of-b,of-owner", "what all brought along");
    }
    // Nobody saw a moment without what was confirmed to them.
    for (const [tab, own] of [[a, "of-a"], [a2, "of-a"], [b, "of-b"], [owner, "of-owner"]]) {
      for (const one of await seen(tab)) assert.ok(one.ids.includes(own), `${tab.name} showed ${JSON.stringify(one)}`);
    }
    for (const tab of [a, a2, b]) assert.deepEqual(await told(tab), ["handle"], tab.name);
    assert.deepEqual(await told(owner), []);

    await remove(b, "of-a");
    await a.untilSnapshot((one) => String(ids(one)) === "of-b,of-owner", "one list for all");
    await a.window.reload();
    await a.ready();
    await a.untilSnapshot(at("handle", "of-b", "of-owner"), "the same after a reload");
  });

  inWorld(play, "writes that cross a move are applied once", async (world) => {
    const a = await world.openLive("siteA", QUIET);
    const a2 = await world.openLive("siteA", QUIET);
    await add(a, "counter");
    await a2.untilSnapshot(at("partitioned", "counter"), "the push within one site");
    const counting = [a, a2].map((tab) =>
      tab.call(async () => {
        let done = 0;
        const one = () => window.sessionBridge.updateSession("counter", ({ count }) => ({ count: count + 1 })).then(() => done++);
        const all = [];
        for (let round = 0; round < 60; round++) {
          for (let at = 0; at < 5; at++) all.push(one());
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await Promise.all(all);
        return done;
      }));
    await until(() => a.snapshot().then(({ sessions }) => sessions[0].data.count > 20), "some counting");
    await world.permit("siteA", "allow");
    assert.deepEqual(await Promise.all(counting), [300, 300]);
    for (const tab of [a, a2]) {
      // The last writes of the other tab may arrive later than the tab's own are confirmed.
      const arrived = (one) => at("handle", "counter")(one) && one.sessions[0].data.count >= 600;
      const { sessions } = await tab.untilSnapshot(arrived, "the move up, and all writes of both");
      assert.equal(sessions[0].data.count, 600);
    }
  });

  inWorld(play, "hostile 46: a block moves down, and a new grant up again, and nothing above is overwritten", async (world) => {
    const [a, owner] = await Promise.all(["siteA", "owner"].map((site) => world.openLive(site, QUIET)));
    await add(a, "first");
    await world.permit("siteA", "allow");
    await a.untilSnapshot(at("handle", "first"), "the move up");
    await add(owner, "second");
    await a.untilSnapshot(at("handle", "first", "second"), "one list");
    await watch(a);
    await watch(owner);

    await world.permit("siteA", "block");
    await a.untilSnapshot(at("partitioned"), "the move down");
    assert.deepEqual(await told(a), ["partitioned"], "no session has ended");
    await add(a, "third");
    await remove(owner, "first");
    assert.deepEqual(ids(await owner.snapshot()), ["second"]);

    await world.permit("siteA", "allow");
    await a.untilSnapshot(at("handle", "second", "third"), "the move up with what was added below");
    await owner.untilSnapshot(at("same-site", "second", "third"), "what was added below");
    for (const one of await seen(owner)) assert.ok(one.ids.includes("second"));
    assert.deepEqual(await told(owner), ["session_terminated"], "that of the first");
  });

  inWorld(play, "data that is cleared under a partitioned frame is known for another store", async (world) => {
    const [a, a2] = await Promise.all(["siteA", "siteA"].map((site) => world.openLive(site, QUIET)));
    await add(a, "old");
    await a2.untilSnapshot(at("partitioned", "old"), "the push within one site");
    for (const tab of [a, a2]) await watch(tab);
    await a.window.clearFrameStorage(world.origins.service);
    for (const tab of [a, a2]) await tab.untilSnapshot(at("partitioned"), "the loss of the store");
    await add(a2, "new");
    for (const tab of [a, a2]) {
      await tab.untilSnapshot(at("partitioned", "new"), "the new store");
      const shown = (await seen(tab)).map(({ ids }) => String(ids));
      assert.deepEqual([...new Set(shown)].filter((ids) => !["old", "", "new"].includes(ids)), [], "both at once");
      assert.ok(shown.indexOf("old", shown.indexOf("")) === -1, `the old one came back: ${shown}`);
      assert.deepEqual(await told(tab), [], "no session has ended, the store is another one");
    }
  });

  test(`${play.title}: two services in one page both reach the handle`, needs(play, "permit"), async () => {
    const world = await openWorld(play, { setting: "allowed" });
    try {
      const a = await world.openLive("siteA", QUIET);
      for (let round = 0; round < 8; round++) {
        await a.window.reload();
        await a.ready();
        // Another address is another frame, beside the first one in the same partition of the same tab.
        const levels = await a.call(async (service) => {
          const { SessionManager } = await import("/package/manager.js");
          const others = ["?1", "?2"].map((more) => new SessionManager({ serviceUrl: `${service}/service.html${more}` }));
          await Promise.all(others.map((other) => other.waitForReady()));
          return [window.sessionBridge, ...others].map((manager) => manager.getSnapshot().storage.level);
        }, world.origins.service);
        assert.deepEqual(levels, ["handle", "handle", "handle"], `round ${round}`);
      }
    } finally {
      await world.close();
    }
  });

  test(`hostile 47: ${play.title}: a request that hangs, or is granted without a handle, leaves a site alone and at work`, needs(play, "permit"), async (t) => {
    const fake = ({ siteA }) => {
      window.requests = 0;
      Document.prototype.requestStorageAccess = async () => {
        window.requests++;
        // One site waits for good, the other is told yes and given nothing.
        if (document.referrer.startsWith(siteA)) await new Promise(() => {});
      };
    };
    const world = await openWorld(play, { setting: "allowed", firstScript: (origins) => callOf(fake, [origins]) });
    try {
      await Promise.all(["siteA", "siteB"].map(async (site) => {
        const tab = await world.open(site, QUIET);
        const began = Date.now();
        await tab.ready();
        t.diagnostic(`${site} is live after ${Date.now() - began} ms, ${await tab.inService(() => window.requests)} requests`);
        await add(tab, site);
        assert.ok((await tab.inService(() => window.requests)) > 0, "it was not asked");
        const { storage, sessions } = await tab.snapshot();
        assert.deepEqual([storage.level, storage.shared, sessions.map(({ id }) => id)], ["partitioned", false, [site]]);
      }));
    } finally {
      await world.close();
    }
  });

  test(`hostile 47: ${play.title}: a handle that always comes late is used all the same`, needs(play, "permit"), async () => {
    const late = () => {
      const request = Document.prototype.requestStorageAccess;
      window.requests = 0;
      Document.prototype.requestStorageAccess = async function (types) {
        window.requests++;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return request.call(this, types);
      };
    };
    const world = await openWorld(play, { setting: "allowed", firstScript: () => callOf(late, []) });
    try {
      const a = await world.openLive("siteA", QUIET);
      await a.untilSnapshot(({ storage }) => storage.level === "handle", "the handle");
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const requests = await a.inService(() => window.requests);
      assert.ok(requests <= 2, `${requests} requests`);
    } finally {
      await world.close();
    }
  });

  inWorld(play, "hostile 47: a frame that died of its grant twice leaves it alone", async (world, t) => {
    const a = await world.openLive("siteA", { ...QUIET, heartbeatMs: 500, requestTimeoutMs: 1_000 });
    await add(a, "kept");
    // A pattern with a port looks like a grant to the frame, and ends its process when it is used.
    await world.permit("siteA", "allow", { ports: true });
    const began = Date.now();
    await until(async () => !(await a.hasService()), "the death of the frame");
    // Of a life in which the grant is left alone: no click is offered that would use it.
    const next = (one) => one.status === "live" && one.storage.upgrade === "none";
    const { storage, sessions } = await a.untilSnapshot(next, "the next life", { ms: 30_000 });
    t.diagnostic(`live ${Date.now() - began} ms after the grant`);
    assert.deepEqual(storage, { level: "partitioned", shared: false, upgrade: "none", declinedUntil: null });
    assert.deepEqual(sessions.map(({ id }) => id), ["kept"]);
    const lives = await a.call(() => window.sessionBridge.metrics().connection.losses);
    assert.ok(lives <= 2, `${lives} lives were lost`);
    await add(a, "works");
  });
}
