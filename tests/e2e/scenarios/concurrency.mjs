import assert from "node:assert/strict";
import { test } from "node:test";
import { countIn, idsIn } from "../harness/counter.mjs";
import { openWorld } from "../harness/world.mjs";
import { holes, stepsBack } from "../harness/versions.mjs";

const ADDITIONS = 100;

/** Issues, from `start` on, additions and increments of one field, ten of each in a task, without waiting for any of them. */
async function writeMuch({ name, start, additions, increments }) {
  const manager = window.sessionBridge;
  await new Promise((resolve) => setTimeout(resolve, start - Date.now()));
  const begun = Date.now();
  const writes = [];
  for (let n = 0; n < increments; n += 1) {
    if (n < additions) writes.push(manager.addSession({ id: `${name}-${n}`, userId: name, data: { n } }));
    writes.push(manager.updateSession("counter", (data) => ({ count: data.count + 1 })));
    if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(writes);
  return { begun, ended: Date.now(), events: manager.metrics().events };
}

/** Two pages write at the same time into the one store that they share, and nothing is lost. */
export function concurrencyScenario(play, { increments }) {
  test(`hostile 39: ${play.title}: ${ADDITIONS} additions and ${increments} increments on each of two pages at the same time`, async (t) => {
    const world = await openWorld(play);
    try {
      const [a, b, c] = await Promise.all(["siteA", ...world.company.slice(0, 2)].map((site) => world.openLive(site)));
      for (const tab of [a, b]) assert.equal((await tab.snapshot()).storage.level, world.situation.level);
      await a.call(() => window.sessionBridge.addSession({ id: "counter", userId: "user", data: { count: 0 } }));
      const { version: from } = await c.untilSnapshot((one) => one.sessions.length === 1, "the counter");
      await Promise.all([a, b, c].map((tab) => tab.record()));

      const start = Date.now() + 500;
      const runs = await Promise.all(
        [a, b].map((tab) => tab.call(writeMuch, { name: tab.name, start, additions: ADDITIONS, increments })),
      );
      const overlap = Math.min(...runs.map((run) => run.ended)) - Math.max(...runs.map((run) => run.begun));
      t.diagnostic(`took ${runs.map((run) => run.ended - run.begun).join(" and ")} ms, ${overlap} ms of it together`);
      assert.ok(overlap > 0, "the two pages wrote one after the other");

      const added = [a, b].flatMap(({ name }) => Array.from({ length: ADDITIONS }, (_, n) => `${name}-${n}`));
      const wanted = ["counter", ...added].sort();
      for (const tab of [a, b, c]) {
        const snapshot = await tab.untilSnapshot(
          (one) => one.sessions.length >= wanted.length && one.pendingWrites === 0 && countIn(one) >= 2 * increments,
          "all writes of both pages",
          { ms: 30_000 },
        );
        assert.deepEqual(idsIn(snapshot), wanted, tab.name);
        assert.equal(countIn(snapshot), 2 * increments, tab.name);
        assert.equal(snapshot.version.epoch, from.epoch);
        const recorded = await tab.recorded();
        const missing = holes(recorded, from.seq, snapshot.version.seq);
        t.diagnostic(`${tab.name}: ${snapshot.version.seq - from.seq} versions`);
        assert.deepEqual(missing, [], `versions that ${tab.name} never stood at`);
        assert.deepEqual(stepsBack(recorded, "counter"), [], `increments applied twice, seen on ${tab.name}`);
      }
      const replaced = runs.map((run) => run.events.resyncs);
      t.diagnostic(`snapshots in place of events: ${replaced.join(" and ")}`);
    } finally {
      await world.close();
    }
  });
}
