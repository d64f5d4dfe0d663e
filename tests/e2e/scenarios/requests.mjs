import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { reloadFrame } from "../harness/faults.mjs";
import { bare } from "../harness/stands.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

/** A page tells of the first request of an interval at once, and of those that it let through since when the interval is over. At most: */
const INTERVAL = 5_000;
/** The request timeout that a page has if nobody says otherwise. */
const TIMEOUT = 5_000;
/** What was let through is told of after an interval. A machine that has much to do takes longer for it. */
const TOLD = { ms: INTERVAL + 4 * TIMEOUT };
/** A loss is to be noticed soon, so that a test is short. */
const QUICK = { heartbeatMs: 300, requestTimeoutMs: 1_000, backoff: { initialMs: 50, maxMs: 500 } };
/** Each test opens pages of its own. With more of them at a time a browser takes so long for all that nothing is gained. */
const AT_ONCE = 2;
const NONE = { count: 0, limit: null, meanMs: 0, lastUrl: null };
const LIMIT = 50;

/** A live page. `blind`: under a grant that shows it nothing of requests. */
async function openPage(world, site, options = {}) {
  const tab = await world.open(site);
  await startManager(tab, options);
  return tab;
}

async function startManager(tab, { blind = false, ...options } = {}) {
  const { origins, situation } = tab.world;
  await tab.call(async (serviceUrl, options) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl, heartbeatMs: 60_000, ttlMs: 60_000, ...options });
    // What it shows of the requests of each session: everything once.
    window.seen = {};
    manager.subscribe(() => {
      for (const { id, requests } of manager.getSnapshot().sessions) {
        const seen = (window.seen[id] ??= []);
        const text = JSON.stringify(requests);
        if (seen.at(-1) !== text) seen.push(text);
      }
    });
    window.sessionBridge = manager;
  }, `${origins.service}/pages/counting.html${blind ? "?blind" : ""}`, options);
  await tab.ready();
  // Where a better store comes a moment later, sessions move there first.
  await tab.untilSnapshot(({ storage }) => storage.level === situation.level, situation.level);
}

/** Adds a session on the first of these pages, and waits until all of them show it. */
async function addSession(tabs, session) {
  await tabs[0].call((session) => window.sessionBridge.addSession({ userId: "user", ...session }), session);
  await Promise.all(tabs.map((tab) => tab.untilSnapshot(({ sessions }) => sessions.some(({ id }) => id === session.id), "the session")));
}

const requestsIn = ({ sessions }, id) => sessions.find((one) => one.id === id)?.requests;

/** Waits until the page shows requests of the session that `condition` accepts, and answers them. */
async function untilRequests(tab, id, condition, what) {
  const describe = () => tab.call((id) => ({ status: window.sessionBridge.getSnapshot().status, seen: window.seen[id].slice(-5) }), id);
  return requestsIn(await tab.untilSnapshot((one) => condition(requestsIn(one, id)), what, { ...TOLD, describe }), id);
}

/** What the page has shown of the requests of this session, from the first on. */
const seenOf = (tab, id) => tab.call((id) => window.seen[id].map((text) => JSON.parse(text)), id);

const commits = async (tabs) => {
  const each = await Promise.all(tabs.map((tab) => tab.inService(() => window.service.metrics().commits)));
  return each.reduce((sum, one) => sum + one);
};

/** From `start` on: half of the requests at once, and of the rest a few at a time until `spreadMs` later. Answers when all were let through. */
async function recordMuch({ id, name, start, count, ms, spreadMs }) {
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const calls = [];
  const record = () => {
    const n = calls.length + 1;
    calls.push(window.sessionBridge.recordRequest(id, { ms: ms ?? n, url: `https://user:pass@api.example/${name}/${n}?token=SECRET#SECRET` }));
  };
  await pause(start - Date.now());
  while (calls.length < count / 2) record();
  const half = Date.now();
  while (calls.length < count) {
    await pause(10);
    const due = (count / 2) * (1 + Math.min(1, (Date.now() - half) / spreadMs));
    while (calls.length < due) record();
  }
  await Promise.all(calls);
}

/** How a page goes. Each answers of which kinds all requests are counted for certain. What is first has most of an interval before it. */
const LEAVINGS = {
  async "hidden, and closed"(tab, { isCounted, t }) {
    await tab.call(() => document.addEventListener("visibilitychange", () => (window.toldHidden = true)));
    await tab.window.hide();
    const hidden = Date.now();
    await until(() => tab.call(() => document.hidden), "the tab to be hidden");
    // Chromium raises no event in a page whose own script has opened the tab in front of it.
    const isTold = await tab.call(() => Boolean(window.toldHidden));
    if (isTold) {
      await isCounted("held");
      t.diagnostic(`a page that was hidden told of all ${Date.now() - hidden} ms later`);
    }
    await tab.close();
    return isTold ? ["held"] : [];
  },
  async reloaded(tab) {
    await tab.window.reload();
    await startManager(tab);
    return [];
  },
  async closed(tab) {
    await tab.close();
    return [];
  },
  async "left, and returned to"(tab, { isCounted, t }) {
    await tab.window.goto(`${tab.world.origins.siteA}/origins.json`);
    await tab.window.back();
    await until(() => tab.call(() => location.pathname !== "/origins.json" && document.readyState === "complete"), "the page to be back");
    // The browser may keep the page or not.
    const kept = await tab.call(() => Boolean(window.sessionBridge));
    t.diagnostic(`a page that was left was ${kept ? "" : "not "}kept`);
    if (!kept) return [];
    await isCounted("last");
    return ["held", "last"];
  },
};

/**
 * Requests of the interval before the last one, of the last one, and of the moment in which a page goes. The sum of their times tells
 * how many of each were counted.
 */
const KINDS = { told: { count: 40, ms: 1 }, held: { count: 50, ms: 1e3 }, last: { count: 60, ms: 1e6 } };
function kindsOf({ count, meanMs }) {
  const sum = Math.round(count * meanMs);
  return { told: sum % 1e3, held: Math.floor(sum / 1e3) % 1e3, last: Math.floor(sum / 1e6) };
}

/** Requests are counted exactly, whatever befalls the pages that make them, and shown to whom that is granted. */
export function requestsScenario(play) {
  const concurrency = play.engine.can.followMany ? AT_ONCE : 1;
  describe(`${play.title}: requests on a session`, { concurrency }, () => {
    let world;
    before(async () => (world = await openWorld({ ...play, stand: bare })));
    after(() => world?.close());

    test("two pages make 1000 each at the same time: all of them count, in a few commits", async (t) => {
      const tabs = await Promise.all(["siteA", world.company[0]].map((site) => openPage(world, site)));
      const [a, b] = tabs;
      await addSession(tabs, { id: "many" });
      assert.deepEqual(requestsIn(await b.snapshot(), "many"), NONE);
      const before = await commits(tabs);
      const start = Date.now() + 200;
      const plan = { id: "many", start, count: 1_000, spreadMs: INTERVAL / 2 };
      await Promise.all([a.call(recordMuch, { ...plan, name: "a" }), b.call(recordMuch, { ...plan, name: "b", ms: 2.5 })]);
      const [shown, other] = await Promise.all(tabs.map((tab) => untilRequests(tab, "many", ({ count }) => count >= 2_000, "all requests")));
      const took = Date.now() - start;

      // One page's took 1, 2, 3, … ms, the other's 2.5 ms each.
      const { lastUrl, ...numbers } = shown;
      assert.deepEqual(numbers, { count: 2_000, limit: null, meanMs: (500.5 + 2.5) / 2 });
      assert.match(lastUrl, /^https:\/\/api\.example\/[ab]\/1000$/);
      assert.deepEqual(other, shown);
      for (const tab of tabs) {
        const counts = (await seenOf(tab, "many")).map(({ count }) => count);
        assert.deepEqual(counts, [...counts].sort((one, next) => one - next), `${tab.name} showed a count that went back`);
      }
      const made = (await commits(tabs)) - before;
      t.diagnostic(`${made} commits in ${took} ms`);
      // Of each page, two in an interval.
      // Two of each page in an interval. The first few are shorter: each is twice as long as the one before, from 250 ms on.
      assert.ok(made <= 2 * 2 * (5 + Math.ceil(1 + took / INTERVAL)), `${made} commits in ${took} ms`);
    });

    test("pages go amid their requests: those of earlier intervals count once, and of the last one none that was not made", async (t) => {
      const ways = Object.entries(LEAVINGS);
      const [b, ...leaving] = await Promise.all([world.company[0], ...ways.map(() => "siteA")].map((site) => openPage(world, site)));
      for (const [at, [id]] of ways.entries()) await addSession([b, leaving[at]], { id });
      const shown = async () => {
        const snapshot = await b.snapshot();
        return Object.fromEntries(ways.map(([id]) => [id, requestsIn(snapshot, id)]));
      };
      const record = (id, { count, ms }) => Promise.all(Array.from({ length: count }, () => window.sessionBridge.recordRequest(id, { ms }))).then(() => {});
      const recordAll = (kind) => Promise.all(ways.map(([id], at) => leaving[at].call(record, id, KINDS[kind])));

      await recordAll("told");
      const isTold = ({ count }) => count >= KINDS.told.count;
      await until(async () => Object.values(await shown()).every(isTold), "the requests of the first interval", { ...TOLD, describe: shown });
      await recordAll("held");
      const whole = {};
      for (const [at, [id, leave]] of ways.entries()) {
        // The manager's own listener comes before this one.
        await leaving[at].call((record, id, kind) => addEventListener("pagehide", () => void record(id, kind).catch(() => {})), record, id, KINDS.last);
        const isCounted = (kind) => untilRequests(b, id, (requests) => kindsOf(requests)[kind] >= KINDS[kind].count, `all requests of a page that was ${id}`);
        whole[id] = await leave(leaving[at], { isCounted, t });
      }

      // Whatever those that are gone have done is there before this.
      await b.call(async (ids) => {
        await Promise.all(ids.map((id) => window.sessionBridge.recordRequest(id, { ms: 0 })));
        await window.sessionBridge.refresh();
      }, ways.map(([id]) => id));
      const made = Object.fromEntries(Object.entries(KINDS).map(([kind, { count }]) => [kind, count]));
      for (const [id] of ways) {
        const requests = await untilRequests(b, id, ({ count }) => count > made.told, "the last request");
        const counted = kindsOf(requests);
        t.diagnostic(`a page that was ${id}: ${JSON.stringify(counted)} of ${JSON.stringify(made)} counted`);
        assert.equal(requests.count, 1 + counted.told + counted.held + counted.last, id);
        for (const kind of ["told", ...whole[id]]) assert.equal(counted[kind], made[kind], `${kind}, ${id}`);
        assert.ok(counted.held <= made.held && counted.last <= made.last, id);
      }
    });

    test("the frame is reloaded amid requests on many sessions: each counts once", async (t) => {
      const [a, b] = await Promise.all([openPage(world, "siteA", QUICK), openPage(world, world.company[0])]);
      const ids = Array.from({ length: 60 }, (_, n) => `frame-${n}`);
      await a.call((ids) => Promise.all(ids.map((id) => window.sessionBridge.addSession({ id, userId: "user" }))).then(() => {}), ids);

      // One session after the other, over and over, and each has intervals of its own: so the page always tells of some.
      await a.call((ids) => {
        const manager = window.sessionBridge;
        const state = { made: Object.fromEntries(ids.map((id) => [id, { count: 0, ms: 0 }])), confirmed: 0, refused: [], restored: 0, open: 0 };
        window.recording = state;
        manager.addEventListener("connection_restored", () => (state.restored += 1));
        let next = 0;
        const timer = setInterval(() => {
          const id = ids[next++ % ids.length];
          for (let ms = 1; ms <= 5; ms += 1) {
            state.made[id].count += 1;
            state.made[id].ms += ms;
            state.open += 1;
            manager.recordRequest(id, { ms }).then(() => (state.confirmed += 1), (error) => state.refused.push(String(error))).finally(() => (state.open -= 1));
          }
        }, 20);
        window.stopRecording = () => clearInterval(timer);
      }, ids);
      const state = () => a.call(() => ({ ...window.recording, made: undefined }));
      const began = Date.now();
      // Some amid what begins an interval, and some amid what ends one. Whether a write is under way just then is left to chance.
      for (const [nth, afterMs] of [0, 300, INTERVAL + 200, INTERVAL + 600].entries()) {
        await sleep(began + afterMs - Date.now());
        const { confirmed } = await state();
        await until(async () => (await state()).confirmed > confirmed, "a request that is confirmed", { describe: state });
        await reloadFrame(a);
        await until(async () => (await state()).restored > nth, "the next connection", { describe: state });
      }
      await a.call(() => window.stopRecording());
      await until(async () => (await state()).open === 0, "every request to be settled", { describe: state });
      const { made, refused } = await a.call(() => window.recording);
      assert.deepEqual(refused, []);
      const { writes, connection } = await a.call(() => window.sessionBridge.metrics());
      t.diagnostic(`${connection.losses} losses, ${writes.resent} writes resent`);
      // What it still holds it tells of.
      await a.call(() => window.sessionBridge.close());

      const wanted = ids.map((id) => ({ id, count: made[id].count, meanMs: made[id].ms / made[id].count }));
      const shown = () =>
        b.call((ids) => window.sessionBridge.getSnapshot().sessions.filter(({ id }) => ids.includes(id)).map(({ id, requests: { count, meanMs } }) => ({ id, count, meanMs })), ids);
      const sum = (list) => list.reduce((total, { count }) => total + count, 0);
      await until(async () => sum(await shown()) >= sum(wanted), "all requests", { ...TOLD, describe: shown });
      t.diagnostic(`${sum(wanted)} requests`);
      assert.deepEqual(Object.fromEntries((await shown()).map((one) => [one.id, one])), Object.fromEntries(wanted.map((one) => [one.id, one])));
    });

    test(`two pages meet a limit of ${LIMIT}: what was let through counts, and the rest is refused`, async (t) => {
      const tabs = await Promise.all(["siteA", world.company[0]].map((site) => openPage(world, site)));
      for (const [id, first] of [["limit, at once", 0], ["limit, after one each", 1]]) {
        await addSession(tabs, { id, maxRequests: LIMIT });
        // Before either of them takes all the room that there is.
        await Promise.all(tabs.map((tab) => tab.call(async ({ id, first }) => {
          for (let n = 0; n < first; n += 1) await window.sessionBridge.recordRequest(id, { ms: 1 });
        }, { id, first })));
        const start = Date.now() + 200;
        const runs = await Promise.all(tabs.map((tab) => tab.call(async ({ id, first, count, start }) => {
          const manager = window.sessionBridge;
          await new Promise((resolve) => setTimeout(resolve, start - Date.now()));
          const ends = await Promise.allSettled(Array.from({ length: count - first }, () => manager.recordRequest(id, { ms: 1 })));
          const codes = ends.filter(({ status }) => status === "rejected").map(({ reason }) => reason.code);
          return { made: count - codes.length, codes: [...new Set(codes)] };
        }, { id, first, count: LIMIT + 10, start })));
        const made = runs[0].made + runs[1].made;
        t.diagnostic(`${id}: ${runs.map((run) => run.made).join(" + ")} were let through`);
        for (const { codes } of runs) assert.deepEqual(codes, ["limit_exceeded"]);
        // One page may let through as many as there was room for, while another fills it.
        assert.ok(made >= LIMIT && made <= 2 * LIMIT, `${made}`);
        for (const tab of tabs) {
          assert.deepEqual(await untilRequests(tab, id, ({ count }) => count >= made, "all that were let through"), { ...NONE, count: made, limit: LIMIT, meanMs: 1 });
          assert.equal(await tab.call((id) => window.sessionBridge.recordRequest(id, { ms: 1 }).then(() => "counted", ({ code }) => code), id), "limit_exceeded");
        }
        assert.equal(requestsIn(await tabs[0].snapshot(), id).count, made);
      }
    });

    test("a page whose grant does not say so is shown and sent nothing of them, and its own count", async () => {
      const [a, blind] = await Promise.all([openPage(world, "siteA"), world.open(world.company[0])]);
      // All bytes that come out of ports of the page, as a character each.
      await blind.call(() => {
        window.bytes = "";
        window.MessageChannel = class extends window.MessageChannel {
          constructor() {
            super();
            this.port1.addEventListener("message", ({ data }) => {
              window.bytes += data instanceof Uint8Array ? String.fromCharCode(...data) : JSON.stringify(data);
            });
          }
        };
      });
      await startManager(blind, { blind: true });
      await addSession([a, blind], { id: "blind", maxRequests: 500 });
      const record = async (path) => {
        await Promise.all(Array.from({ length: 100 }, () => window.sessionBridge.recordRequest("blind", { ms: 1, url: `https://api.example/${path}` })));
      };
      await Promise.all([a.call(record, "CANARY"), blind.call(record, "own")]);
      await untilRequests(a, "blind", ({ count }) => count >= 200, "all requests");
      // Something that it is sent after all of them.
      await a.call(() => window.sessionBridge.updateSession("blind", { after: "them" }));
      await blind.untilSnapshot(({ sessions }) => sessions.some(({ id, data }) => id === "blind" && data.after), "the update");
      assert.equal(requestsIn(await a.snapshot(), "blind").count, 200);
      assert.deepEqual(await seenOf(blind, "blind"), [NONE]);
      const bytes = await blind.call(() => window.bytes);
      assert.ok(bytes.includes("them") && !bytes.includes("CANARY") && !bytes.includes("api.example"));
    });
  });
}
