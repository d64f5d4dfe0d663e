import assert from "node:assert/strict";
import { test } from "node:test";
import { countIn, idsIn } from "../harness/counter.mjs";
import { openWorld } from "../harness/world.mjs";
import { holes, stepsBack } from "../harness/versions.mjs";

const EACH = 100;

/**
 * Issues, from `start` on, `count` additions and as many increments of one field, ten of each in a task and without
 * waiting for any of them.
 */
async function writeMuch({ site, start, count }) {
  const manager = window.sessionBridge;
  await new Promise((resolve) => setTimeout(resolve, start - Date.now()));
  const begun = Date.now();
  const writes = [];
  for (let n = 0; n < count; n += 1) {
    writes.push(manager.addSession({ id: `${site}-${n}`, userId: site, data: { n } }));
    writes.push(manager.updateSession("counter", (data) => ({ count: data.count + 1 })));
    if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(writes);
  return { begun, ended: Date.now(), events: manager.metrics().events };
}

/** Two sites write at the same time into the one store that they share, and nothing is lost. */
export function concurrencyScenario(stand) {
  test(`${stand.name}: ${EACH} additions and ${EACH} increments on each of two sites at the same time`, async (t) => {
    const world = await openWorld(stand, "allowed");
    try {
      const [a, b, owner] = await Promise.all(["siteA", "siteB", "owner"].map((site) => world.openLive(site)));
      for (const tab of [a, b]) assert.equal((await tab.snapshot()).storage.level, "handle");
      await a.call(() => window.sessionBridge.addSession({ id: "counter", userId: "user", data: { count: 0 } }));
      const { version: from } = await owner.untilSnapshot((one) => one.sessions.length === 1, "the counter");
      await Promise.all([a, b, owner].map((tab) => tab.record()));

      const start = Date.now() + 500;
      const runs = await Promise.all(
        [a, b].map((tab) => tab.call(writeMuch, { site: tab.site, start, count: EACH })),
      );
      const overlap = Math.min(...runs.map((run) => run.ended)) - Math.max(...runs.map((run) => run.begun));
      t.diagnostic(`took ${runs.map((run) => run.ended - run.begun).join(" and ")} ms, ${overlap} ms of it together`);
      assert.ok(overlap > 0, "the two sites wrote one after the other");

      const added = ["siteA", "siteB"].flatMap((site) => Array.from({ length: EACH }, (_, n) => `${site}-${n}`));
      const wanted = ["counter", ...added].sort();
      for (const tab of [a, b, owner]) {
        const snapshot = await tab.untilSnapshot(
          (one) => one.sessions.length >= wanted.length && one.pendingWrites === 0 && countIn(one) >= 2 * EACH,
          "all writes of both sites",
        );
        assert.deepEqual(idsIn(snapshot), wanted, tab.site);
        assert.equal(countIn(snapshot), 2 * EACH, tab.site);
        assert.equal(snapshot.version.epoch, from.epoch);
        const recorded = await tab.recorded();
        const missing = holes(recorded, from.seq, snapshot.version.seq);
        t.diagnostic(`${tab.site}: ${snapshot.version.seq - from.seq} versions`);
        assert.deepEqual(missing, [], `versions that ${tab.site} never stood at`);
        assert.deepEqual(stepsBack(recorded, "counter"), [], `increments applied twice, seen on ${tab.site}`);
      }
      const replaced = runs.map((run) => run.events.resyncs);
      t.diagnostic(`snapshots in place of events: ${replaced.join(" and ")}`);
    } finally {
      await world.close();
    }
  });
}
