import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countIn, idsIn } from "../harness/counter.mjs";
import { crashFrame, reloadFrame, removeFrame } from "../harness/faults.mjs";
import { until } from "../harness/until.mjs";
import { holes, stepsBack } from "../harness/versions.mjs";
import { needs } from "../harness/plays.mjs";
import { openWorld } from "../harness/world.mjs";

const WRITES = 50;
/** A loss is to be noticed soon, so that a round is short. */
const QUICK = { heartbeatMs: 300, requestTimeoutMs: 1_000, initialMs: 50, maxMs: 500 };
/** A round whose fault came too late is run again, so often at most in all, */
const SPARE_ROUNDS = 40;
/** and the writes from then on take so many times as long: on a busy machine a fault is late by more than a quick page needs for all. */
const SLOWER = 1.5;
/** After so many paces the first one comes again: at a slow one most writes are confirmed long before the next go. */
const PACES = 8;

/**
 * Starts the writes of one round, additions and increments by turns, and comes back at the first confirmation.
 * Ten go at first, and from the first confirmation on ten more each `pauseMs`. `window.round` holds the count.
 */
async function beginRound({ round, writes, pauseMs }) {
  const manager = window.sessionBridge;
  const state = { issued: 0, confirmed: 0, refused: [], atLoss: null, restored: 0 };
  window.round = state;
  // What is unconfirmed when the loss is noticed was so when the frame died: the dead confirm nothing.
  const lost = () => (state.atLoss ??= { confirmed: state.confirmed, unconfirmed: state.issued - state.confirmed });
  const restored = () => (state.restored += 1);
  manager.addEventListener("connection_lost", lost, { once: true });
  manager.addEventListener("connection_restored", restored);
  let first;
  const firstConfirmed = new Promise((resolve) => (first = resolve));
  const issue = (count) => {
    for (let n = 0; n < count; n += 1) {
      const number = state.issued;
      state.issued += 1;
      const write = number % 2 === 0
        ? manager.addSession({ id: `${round}-${number}`, userId: "user", data: { number } })
        : manager.updateSession("counter", (data) => ({ count: data.count + 1 }));
      write.then(
        () => {
          state.confirmed += 1;
          first();
        },
        (error) => state.refused.push(`${number}: ${error.code} ${error.message}`),
      );
    }
  };
  issue(10);
  await firstConfirmed;
  issue(10);
  const timer = setInterval(() => {
    issue(10);
    if (state.issued >= writes) clearInterval(timer);
  }, pauseMs);
}

/** One round; answers whether the fault fell where it should. */
async function runRound(a, { round, fault, pauseMs, delayMs }) {
  await a.untilSnapshot((one) => one.status === "live" && one.pendingWrites === 0, "a quiet connection");
  await a.call(beginRound, { round, writes: WRITES, pauseMs });
  await sleep(delayMs);
  await fault(a);
  const done = await until(async () => {
    const state = await a.call(() => window.round);
    return state.issued >= WRITES && state.confirmed + state.refused.length === state.issued && state.restored > 0 && state;
  }, `the end of round ${round}`, {
    ms: 30_000,
    describe: async () => JSON.stringify({ round: await a.call(() => window.round), complaints: (await a.window.complaints()).slice(-5) }),
  });
  assert.deepEqual(done.refused, [], `round ${round}`);
  return done.atLoss !== null && done.atLoss.confirmed >= 1 && done.atLoss.unconfirmed >= 10 ? done.atLoss : null;
}

async function runFault(t, play, { fault, pauseMs, rounds }) {
  const world = await openWorld(play);
  try {
    const [a, b] = await Promise.all(["siteA", world.company[0]].map((site) => world.openLive(site, QUICK)));
    for (const tab of [a, b]) assert.equal((await tab.snapshot()).storage.level, world.situation.level);
    await a.call(() => window.sessionBridge.addSession({ id: "counter", userId: "user", data: { count: 0 } }));
    const { version: from } = await b.untilSnapshot((one) => one.sessions.length === 1, "the counter");
    await Promise.all([a, b].map((tab) => tab.record()));

    let good = 0;
    let run = 0;
    const points = [];
    while (good < rounds) {
      assert.ok(run < rounds + SPARE_ROUNDS, `only ${good} of ${run} rounds had the fault amid the writes`);
      // The fault falls at another point of the writes in each round.
      const pause = pauseMs * SLOWER ** ((run - good) % PACES);
      const atLoss = await runRound(a, { round: `r${run}`, fault, pauseMs: pause, delayMs: (run % 5) * 4 });
      run += 1;
      if (!atLoss) continue;
      good += 1;
      points.push(`${atLoss.confirmed}/${atLoss.unconfirmed}`);
    }
    t.diagnostic(`${good} rounds, ${run - good} more in which the fault missed the writes`);
    t.diagnostic(`confirmed/unconfirmed at the fault: ${points.join(" ")}`);

    const wanted = ["counter"];
    for (let round = 0; round < run; round += 1) {
      for (let number = 0; number < WRITES; number += 2) wanted.push(`r${round}-${number}`);
    }
    wanted.sort();
    const increments = run * (WRITES / 2);
    const later = await world.openLive(world.company[1]);
    for (const tab of [a, b, later]) {
      const snapshot = await tab.untilSnapshot(
        (one) => one.status === "live" && one.sessions.length >= wanted.length && countIn(one) >= increments,
        "every write",
      );
      assert.deepEqual(idsIn(snapshot), wanted, tab.name);
      assert.equal(countIn(snapshot), increments, tab.name);
      assert.equal(snapshot.version.epoch, from.epoch, tab.name);
      if (tab === later) continue;
      const recorded = await tab.recorded();
      assert.deepEqual(holes(recorded, from.seq, snapshot.version.seq), [], `versions that ${tab.name} never stood at`);
      assert.deepEqual(stepsBack(recorded, "counter"), [], `increments applied twice, seen on ${tab.name}`);
      const created = recorded.filter(({ type }) => type === "session_created");
      assert.equal(new Set(created.map(({ id }) => id)).size, created.length, `${tab.name} was told twice of one addition`);
    }
    const { writes, connection } = await a.call(() => window.sessionBridge.metrics());
    t.diagnostic(`resent ${writes.resent} writes over ${connection.losses} losses`);
    // What a frame was sent it may still commit as it goes, and the next one tells of it: over a few rounds that may be all.
    if (fault !== removeFrame && rounds >= 20) assert.ok(writes.resent > 0, "the writes under way at the faults were not resent");
    assert.ok(connection.losses >= good);
  } finally {
    await world.close();
  }
}

/** The owner's iframe is lost amid writes, `rounds` times in each way. */
export function faultScenario(play, { rounds }) {
  // Three browsers at once: most of a round is waiting.
  describe(`hostile 35: ${play.title}: the frame is lost amid ${WRITES} writes, ${rounds} times`, { concurrency: true }, () => {
    test("reloaded from inside", (t) => runFault(t, play, { fault: reloadFrame, pauseMs: 20, rounds }));
    test("its element removed", (t) => runFault(t, play, { fault: removeFrame, pauseMs: 3, rounds }));
    test("its renderer crashed", needs(play, "crashFrame"), (t) => runFault(t, play, { fault: crashFrame, pauseMs: 5, rounds }));
  });
}
