import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as faults from "../harness/faults.mjs";
import { needs } from "../harness/plays.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";
import { settle } from "../soak/account.mjs";
import { write } from "../soak/writer.mjs";

const QUICK = { heartbeatMs: 400, requestTimeoutMs: 1_200, initialMs: 50, maxMs: 500 };
const WRITER = { pauseMs: 20, kept: 6 };
/** How long a fault lasts that is over by itself, or by us. */
const WHILE_MS = 1_200;
const REST_MS = 60_000;
/** Much of a fault is waiting, so that two tabs meet theirs at the same time, where others do not feel it. More would load the machine so much that everything is late. */
const AT_ONCE = 2;

const owner = (tab) => tab.world.origins.service;

/** Something that lasts a while. */
const forAWhile = (begin, end) => async (tab) => {
  await begin(tab);
  await sleep(WHILE_MS);
  await end(tab);
};

/** Its accounts of writes that nobody will ever settle, as its page is gone, are handed to `lost`. */
async function reloadPage(tab, { lost }) {
  lost(await tab.call(() => (window.stopWriting(), window.account)));
  await tab.window.reload();
  await tab.ready({ ms: REST_MS });
}

/** The browser may keep the page or not. */
async function leaveAndReturn(tab, { lost }) {
  const account = await tab.call(() => {
    window.stopWriting();
    setTimeout(() => (location.href = "/origins.json"));
    return window.account;
  });
  await sleep(500);
  await until(() => tab.call(() => location.pathname === "/origins.json"), "the page to be left");
  await tab.window.back();
  await until(() => tab.call(() => Boolean(window.sessionBridge)), "the page to be back");
  if (!(await tab.call(() => Boolean(window.account)))) lost(account);
}

/**
 * What befalls a tab. `power` is what the engine needs for it; `alone`: other tabs feel it too, as the owner's frames of
 * one site may share a process.
 */
const BEFALLS = {
  "the frame reloaded": { act: faults.reloadFrame },
  "the frame led to another page of its origin, and back": { act: (tab) => faults.leadFrame(tab, `${owner(tab)}/origins.json`, WHILE_MS) },
  "the frame led to another origin, and back": { act: (tab) => faults.leadFrame(tab, `${tab.world.origins.siteB}/origins.json`, WHILE_MS) },
  "the frame removed": { act: faults.removeFrame },
  "the frame taken out and put back": { act: faults.reinsertFrame },
  "the frame's document overwritten": { act: faults.overwriteFrame },
  "the frame crashed": { alone: true, act: faults.crashFrame, power: "crashFrame" },
  "the frame busy": { alone: true, act: (tab) => faults.keepFrameBusy(tab, WHILE_MS) },
  "the frame in a debugger": { alone: true, act: (tab) => tab.window.holdFrame(owner(tab), WHILE_MS), power: "meddle" },
  "the page reloaded": { act: reloadPage },
  "the page left, and returned to": { act: leaveAndReturn, power: "returnTwice" },
  "the page frozen": { act: forAWhile((tab) => tab.window.freeze(true), (tab) => tab.window.freeze(false)), power: "freeze" },
  "processors twenty times slower": { alone: true, act: forAWhile((tab) => tab.window.slow(20), (tab) => tab.window.slow(1)), power: "meddle" },
  "no network": { alone: true, act: forAWhile((tab) => tab.window.offline(true), (tab) => tab.window.offline(false)), power: "meddle" },
  "the frame reloaded, and answered with 503": {
    act: forAWhile(
      async (tab) => {
        await tab.window.answerDocuments(owner(tab), 503);
        await faults.reloadFrame(tab);
      },
      (tab) => tab.window.answerDocuments(owner(tab), null),
    ),
    power: "meddle",
  },
  "the server gone, and the frame with it": {
    alone: true,
    act: forAWhile(
      async (tab) => {
        await tab.world.stopService();
        await sleep(500);
        await (tab.world.engine.can.loseFrameToError ? faults.reloadFrame : faults.removeFrame)(tab);
      },
      (tab) => tab.world.startService(),
    ),
  },
  "site data blocked": { alone: true, act: forAWhile((tab) => tab.world.siteData("block"), (tab) => tab.world.siteData("default")), power: "meddle" },
};

/** One tab writes, something befalls it, and in the end every write of its is settled and it is live. Answers the writes. */
async function befall(t, world, act, life) {
  const tab = await world.openLive("siteA", QUICK);
  await tab.untilSnapshot(({ sessions }) => sessions.some(({ id }) => id === "shared"), "the shared counter");
  await tab.call(write, { life, ...WRITER });
  const confirmed = () => tab.call(() => window.account.filter(({ state }) => state === "confirmed").length);
  await until(async () => (await confirmed()) >= 5, "the first confirmations");
  const writes = [];
  await act(tab, { lost: (account) => writes.push(...account) });
  await sleep(200);
  const open = () => tab.call(() => (window.stopWriting?.(), window.account ?? []).filter(({ state }) => state === "open").length);
  await until(async () => (await open()) === 0, "every write to be settled", {
    ms: REST_MS,
    describe: async () => ({ open: await open(), snapshot: { ...(await tab.snapshot()), sessions: undefined }, complaints: (await tab.window.complaints()).slice(-5) }),
  });
  await tab.untilSnapshot(({ status, pendingWrites }) => status === "live" && pendingWrites === 0, "a live connection");
  writes.push(...(await tab.call(() => window.account ?? [])));
  const count = (state) => writes.filter((one) => one.state === state).length;
  t.diagnostic(`${count("confirmed")} confirmed, ${count("open")} open when their page went, ${await tab.call(() => window.sessionBridge.metrics().writes.resent)} resent`);
  assert.equal(count("confirmed") + count("open"), writes.length, JSON.stringify(writes.filter(({ state }) => !["confirmed", "open"].includes(state)).slice(0, 5)));
  await tab.close();
  return writes;
}

/** Whatever befalls a page amid its writes, each that was confirmed is there once, and the page goes on. */
export function amidWritesScenario(play) {
  test(`hostile 35, 40: ${play.title}: amid writes`, { concurrency: play.engine.can.followMany ? AT_ONCE : 1 }, async (t) => {
    const world = await openWorld(play);
    try {
      const first = await world.openLive(world.company[0]);
      await first.call(() => window.sessionBridge.addSession({ id: "shared", userId: "all", data: { count: 0 } }));
      const writes = [{ kind: "add", id: "shared", state: "confirmed" }];
      const run = ([name, { act, power }]) =>
        t.test(name, power ? needs(play, power) : {}, async (t) => writes.push(...(await befall(t, world, act, name.replaceAll(/\W+/g, "-")))));
      const all = Object.entries(BEFALLS);
      await Promise.all(all.filter(([, { alone }]) => !alone).map(run));
      for (const one of all.filter(([, { alone }]) => alone)) await run(one);
      const later = await world.openLive(world.company[1]);
      const { sessions, version } = await later.snapshot();
      const shown = await first.untilSnapshot((one) => one.status === "live" && one.version.seq === version.seq, "the last version");
      assert.deepEqual(shown.sessions, sessions);
      const { faults, confirmed, unknown, unknownApplied } = settle(writes, sessions);
      t.diagnostic(`${confirmed} writes confirmed; ${unknown} open when their page went, of which ${unknownApplied} took effect`);
      assert.deepEqual(faults, []);
    } finally {
      await world.close();
    }
  });
}
