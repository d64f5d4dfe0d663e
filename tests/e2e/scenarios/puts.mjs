import assert from "node:assert/strict";
import { test } from "node:test";
import { reloadFrame } from "../harness/faults.mjs";
import { openWorld } from "../harness/world.mjs";

const CALLS = 10;

/** From now on the page notes how many sessions of this user it shows at once, at most. */
const watch = (userId) => {
  const manager = window.sessionBridge;
  window.most = 0;
  manager.subscribe(() => {
    window.most = Math.max(window.most, manager.getSnapshot().sessions.filter((session) => session.userId === userId).length);
  });
};

/** From `start` on: many calls at once, as by a page that puts its user wherever it can. Then what is done to what showed first. */
async function putMuch({ name, start, calls }) {
  const manager = window.sessionBridge;
  await new Promise((resolve) => setTimeout(resolve, start - Date.now()));
  const puts = Array.from({ length: calls }, (_, n) => manager.putSession({ id: `${name}-${n}`, userId: "ada", data: { by: name, n } }));
  const later = manager.updateSession(`${name}-0`, ({ [name]: seen = 0 }) => ({ [name]: seen + 1 }));
  const ids = (await Promise.all(puts)).map(({ id }) => id);
  return { ids, seen: (await later).data[name] };
}

/** Pages of several sites put a session of the same user at the same time, and there is one. */
export function putScenario(play) {
  test(`hostile 39: ${play.title}: ${CALLS} puts of one user on each of three pages at the same time end with one session`, async (t) => {
    const world = await openWorld(play);
    try {
      const tabs = await Promise.all(["siteA", ...world.company.slice(0, 2)].map((site) => world.openLive(site)));
      const [a, b, c] = tabs;
      for (const tab of [a, b]) assert.equal((await tab.snapshot()).storage.level, world.situation.level);
      await Promise.all(tabs.map((tab) => tab.call(watch, "ada")));
      const start = Date.now() + 500;
      const putting = tabs.map((tab, n) => tab.call(putMuch, { name: `${tab.name}${n}`, start, calls: CALLS }));
      await reloadFrame(b);
      const ran = await Promise.all(putting);
      const ids = new Set(ran.flatMap((run) => run.ids));
      t.diagnostic(`${[...ids]} of ${tabs.length * CALLS}`);
      assert.equal(ids.size, 1, [...ids].join(" "));
      for (const [at, tab] of tabs.entries()) {
        const { sessions } = await tab.untilSnapshot(({ pendingWrites, sessions }) => pendingWrites === 0 && sessions.length === 1, "one session");
        assert.deepEqual([sessions[0].id, sessions[0].userId], [[...ids][0], "ada"]);
        assert.equal(await tab.call(() => window.most), 1, "no page ever showed two");
        assert.equal(ran[at].seen, 1, "what was done to what showed first was done to it");
      }
      // A sign-out by the name that it had on this page.
      await c.call((name) => window.sessionBridge.removeSession(name), `${c.name}2-${CALLS - 1}`);
      await Promise.all(tabs.map((tab) => tab.untilSnapshot(({ sessions }) => sessions.length === 0, "no session")));
    } finally {
      await world.close();
    }
  });
}
