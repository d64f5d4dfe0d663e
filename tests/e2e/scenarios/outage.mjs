import assert from "node:assert/strict";
import { test } from "node:test";
import { countIn, idsIn } from "../harness/counter.mjs";
import { reloadFrame, removeFrame } from "../harness/faults.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

const PENDING = 20;
const QUICK = { heartbeatMs: 300, requestTimeoutMs: 1_000, initialMs: 50, maxMs: 1_000 };

/** Adds sessions numbered from `from`, every other one also incrementing the counter, and keeps what becomes of them. */
function writeOn({ from, to }) {
  const manager = window.sessionBridge;
  window.outage ??= { confirmed: 0, refused: [] };
  for (let number = from; number < to; number += 1) {
    const write = number % 2 === 0
      ? manager.addSession({ id: `late-${number}`, userId: "user", data: { number } })
      : manager.updateSession("counter", (data) => ({ count: data.count + 1 }));
    write.then(
      () => (window.outage.confirmed += 1),
      (error) => window.outage.refused.push(error.code),
    );
  }
}

/** The owner's server goes away and the frame with it; later it comes back. */
export function outageScenario(play) {
  test(`hostile 17: ${play.title}: the owner's server stops, the frame is lost, ${PENDING} writes wait for its return`, async (t) => {
    const world = await openWorld(play);
    try {
      const [a, b] = await Promise.all([world.openLive("siteA", QUICK), world.openLive(world.company[0])]);
      await a.call(async () => {
        await window.sessionBridge.addSession({ id: "counter", userId: "user", data: { count: 0 } });
        await window.sessionBridge.setActiveSession("counter");
        window.notReloaded = true;
      });
      await b.untilSnapshot((one) => one.activeSession?.id === "counter", "the counter");

      await world.stopService();
      await assert.rejects(fetch(world.origins.service), "the server still answers");
      await (play.engine.can.loseFrameToError ? reloadFrame : removeFrame)(a);
      await until(async () => !(await a.hasService()), "the frame to be without the owner's document");
      await a.call(writeOn, { from: 0, to: PENDING });
      const shown = await a.snapshot();
      assert.equal(shown.pendingWrites, PENDING);

      await a.untilSnapshot((one) => one.status === "reconnecting" && one.reason === "unreachable", "the loss to be noticed");
      // Long enough for several attempts, each of which ends on an error page that still fires `load`.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const still = await a.snapshot();
      assert.equal(still.status, "reconnecting");
      assert.equal(still.pendingWrites, PENDING);
      assert.equal(still.activeSession?.id, "counter");
      assert.deepEqual(still.sessions.map(({ id }) => id), shown.sessions.map(({ id }) => id));
      assert.equal(still.sessions.length, 1 + PENDING / 2);
      assert.deepEqual(await a.call(() => window.outage), { confirmed: 0, refused: [] });

      const stranded = await world.open(world.company[0], { requestTimeoutMs: 800 });
      await until(() => stranded.call(() => Boolean(window.sessionBridge)), "the manager of a page opened meanwhile");
      assert.equal(
        await stranded.call(() => window.sessionBridge.waitForReady().then(() => "live", (error) => error.code)),
        "unreachable",
      );

      await world.startService();
      const back = Date.now();
      const settled = (one) => one.status === "live" && one.pendingWrites === 0;
      await a.untilSnapshot(settled, "the waiting writes to be confirmed", { ms: 30_000 });
      t.diagnostic(`all ${PENDING} confirmed ${Date.now() - back} ms after the server's return`);
      assert.deepEqual(await a.call(() => window.outage), { confirmed: PENDING, refused: [] });
      assert.equal(await a.call(() => window.notReloaded), true, "the page was reloaded");
      await stranded.untilSnapshot((one) => one.status === "live", "the page opened meanwhile to go on trying", { ms: 60_000 });

      const wanted = ["counter", ...Array.from({ length: PENDING / 2 }, (_, n) => `late-${2 * n}`)].sort();
      for (const tab of [a, b, stranded]) {
        const whole = (one) => one.sessions.length >= wanted.length && countIn(one) >= PENDING / 2;
        const snapshot = await tab.untilSnapshot(whole, "every write");
        assert.deepEqual(idsIn(snapshot), wanted, tab.name);
        assert.equal(countIn(snapshot), PENDING / 2, tab.name);
      }
    } finally {
      await world.close();
    }
  });
}
