import assert from "node:assert/strict";
import { test } from "node:test";
import { callOf } from "../harness/script.mjs";
import { openWorld } from "../harness/world.mjs";

const HEARTBEAT_MS = 1_500;

/** Runs in every document before its scripts: in the service's frames no BroadcastChannel ever hears anything. */
function deafen(serviceOrigin) {
  if (location.origin !== serviceOrigin) return;
  window.silenced = 0;
  const silence = () => (window.silenced += 1);
  Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set: silence, configurable: true });
  BroadcastChannel.prototype.addEventListener = silence;
}

/** A frame that hears of no commit finds out at the next heartbeat. */
export function missedNoticeScenario(play) {
  test(`${play.title}: a frame that missed the notice of a commit catches up within a heartbeat`, async (t) => {
    const world = await openWorld(play, { firstScript: ({ service }) => callOf(deafen, [service]) });
    try {
      const a = await world.openLive("siteA");
      const b = await world.open(world.company[0], { heartbeatMs: HEARTBEAT_MS, ttlMs: 60_000 });
      await b.ready();
      assert.ok(await b.inService(() => window.silenced > 0), "nothing was there to be silenced");
      const took = [];
      for (const id of ["one", "two", "three"]) {
        await a.call((id) => window.sessionBridge.addSession({ id, userId: "user" }), id);
        const confirmed = Date.now();
        await b.untilSnapshot((one) => one.sessions.some((session) => session.id === id), "the commit it was not told of");
        took.push(Date.now() - confirmed);
      }
      t.diagnostic(`shown ${took.join(", ")} ms after the confirmation, a heartbeat each ${HEARTBEAT_MS} ms`);
      assert.ok(Math.max(...took) > 100, "each came at once, so the notices were heard");
      assert.ok(Math.max(...took) < HEARTBEAT_MS + 2_000);
    } finally {
      await world.close();
    }
  });
}
