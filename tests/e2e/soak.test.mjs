// Four tabs on two sites that write without a pause, while something befalls one of them every few seconds.
// `npm run soak -- --minutes 10` runs it for long; `npm test` for SECONDS.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "./harness/engines/chromium.mjs";
import { onEngine, playOn } from "./harness/plays.mjs";
import { demo } from "./harness/stands.mjs";
import { until } from "./harness/until.mjs";
import { openWorld } from "./harness/world.mjs";
import { settle } from "./soak/account.mjs";
import { mishaps } from "./soak/mishaps.mjs";
import { write } from "./soak/writer.mjs";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 45);
const QUICK = { heartbeatMs: 500, requestTimeoutMs: 1_500, initialMs: 50, maxMs: 1_000 };
const WRITER = { pauseMs: 60, kept: 6 };
/** Of the last mishap to every write settled. */
const REST_MS = 60_000;

test("what is missing, doubled or refused is seen", () => {
  const add = (id, state) => ({ kind: "add", id, state });
  const there = (...ids) => ids.map((id) => ({ id, data: {} }));
  const faults = (writes, sessions) => settle(writes, sessions).faults.length;
  assert.equal(faults([add("a", "confirmed")], there("a")), 0);
  assert.equal(faults([add("a", "confirmed")], there()), 1);
  assert.equal(faults([add("a", "conflict")], there("a")), 1);
  assert.equal(faults([add("a", "open")], there("a")), 0);
  assert.equal(faults([add("a", "open")], there()), 0);
  assert.equal(faults([], there("a")), 1);
  assert.equal(faults([add("a", "confirmed"), { kind: "remove", id: "a", state: "confirmed" }], there("a")), 1);
  const counted = (count, state) => faults([add("a", "confirmed"), { kind: "count", id: "a", state }], [{ id: "a", data: { count } }]);
  assert.deepEqual([counted(0, "confirmed"), counted(1, "confirmed"), counted(2, "confirmed")], [1, 0, 1]);
  assert.deepEqual([counted(0, "open"), counted(1, "open"), counted(2, "open")], [0, 0, 1]);
});

onEngine("chromium", () => {
  test(`${SECONDS} s of writes in four tabs while frames, pages, server and processor fail`, async (t) => {
    const world = await openWorld(playOn(demo, chromium));
    try {
      const tabs = await Promise.all(["siteA", "siteA", "siteB", "siteB"].map((site) => world.openLive(site, QUICK)));
      await tabs[0].call(() => window.sessionBridge.addSession({ id: "shared", userId: "all", data: { count: 0 } }));
      const writes = [{ kind: "add", id: "shared", state: "confirmed" }];
      let lives = 0;
      const begin = async (tab) => {
        await tab.untilSnapshot((one) => one.sessions.some(({ id }) => id === "shared"), "the shared counter", { ms: 60_000 });
        lives += 1;
        await tab.call(write, { life: `life${lives}`, ...WRITER });
      };
      /** The page's account goes with it, so it is taken before. */
      const renew = async (tab, how) => {
        writes.push(...(await tab.call(() => (window.stopWriting(), window.account))));
        await how();
        await tab.ready({ ms: 60_000 });
        await begin(tab);
      };
      await Promise.all(tabs.map(begin));

      const befell = await trouble(tabs, { renew });
      await Promise.all(tabs.map((tab) => tab.call(() => window.stopWriting())));
      for (const tab of tabs) {
        const open = () => tab.call(() => window.account.filter(({ state }) => state === "open").length);
        await until(async () => (await open()) === 0, `every write of ${tab.name} to be settled`, {
          ms: REST_MS,
          describe: async () => ({ open: await open(), snapshot: { ...(await tab.snapshot()), sessions: undefined } }),
        });
        writes.push(...(await tab.call(() => window.account)));
      }

      const later = await world.openLive("siteB");
      // On a busy machine it may begin without a handle.
      const shared = (one) => one.status === "live" && one.storage.level === world.situation.level;
      const { sessions, version } = await later.untilSnapshot(shared, "the shared store");
      for (const tab of tabs) {
        const shown = await tab.untilSnapshot((one) => one.status === "live" && one.version.seq === version.seq, "the last version");
        assert.deepEqual(shown.sessions, sessions, tab.name);
      }
      const { faults, confirmed, refused, unknown, unknownApplied } = settle(writes, sessions);
      const took = writes.map(({ ms }) => ms).filter(Number.isFinite).sort((a, b) => a - b);
      t.diagnostic(`${lives} lives of pages, ${version.seq} versions, ${writes.length} writes: ${confirmed} confirmed, ${refused} refused, ${unknown} open when their page went, ${unknownApplied} of these took effect`);
      t.diagnostic(`confirmed after ${took[took.length >> 1]} ms in the middle, ${took.at(-1)} ms at most`);
      t.diagnostic(Object.entries(befell).map(([what, count]) => `${what} ${count}`).join(", "));
      assert.deepEqual(faults, []);
      assert.equal(refused, 0, JSON.stringify(writes.filter(({ state }) => state !== "confirmed" && state !== "open").slice(0, 5)));
      assert.ok(confirmed > SECONDS * 4, "hardly anything was written");
    } finally {
      await world.close();
    }
  });
});

/** One mishap after another, each kind in turn, at a tab drawn at random, until the time is over. */
async function trouble(tabs, soak) {
  const befell = {};
  const kinds = Object.keys(mishaps);
  const end = Date.now() + SECONDS * 1_000;
  for (let n = 0; Date.now() < end; n += 1) {
    await sleep(500 + Math.random() * 2_000);
    const kind = kinds[n % kinds.length];
    const tab = tabs[Math.floor(Math.random() * tabs.length)];
    // A frame that has just gone cannot be harmed: its page is left to the next mishap.
    if (kind.startsWith("frame") && !(await tab.hasService())) continue;
    await mishaps[kind](tab, soak);
    befell[kind] = (befell[kind] ?? 0) + 1;
    if (process.env.SOAK_SECONDS && n % 10 === 9) process.stderr.write(`soak: ${n + 1} mishaps, ${Math.max(0, Math.round((end - Date.now()) / 1_000))} s left\n`);
  }
  return befell;
}
