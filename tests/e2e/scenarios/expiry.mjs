import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../harness/plays.mjs";
import { callOf } from "../harness/script.mjs";
import { bare } from "../harness/stands.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

/** Nothing is asked of the service but by the test: what a page shows of a session's end is its own doing. */
const QUIET = { heartbeatMs: 3_600_000, ttlMs: 3_600_000 };
/** No test takes so long that a session of this lifetime expires before its clock is moved on. */
const HOUR = 3_600_000;
/** So far a clock is moved for what expires after an hour: on a slow machine a page may take its service's clock for seconds behind. */
const PAST = HOUR + 60_000;
/** A document that was left, and in which nothing has run for so long, has slept: far longer than the leaving of it takes. */
const ASLEEP_MS = 2_000;
/** How many pages may be left until the browser keeps one, and it sleeps with its frame: amid something else it need not. */
const LEAVINGS = 4;
/** How long before the end of a session the clock is left alone, so that a timer is what finds it. */
const SOON_MS = 2_000;
/** Browsers run the timers of a hidden tab once a second, or once a minute: twice that is late. */
const LATE_MS = 2 * 60_000;

/**
 * Runs in every document before its scripts. The clock of the wall can be moved on, at once or while the document is put aside; the
 * clock that timers run by is not, as in a device that sleeps. What the manager shows is noted in `window.seen`: by the first
 * listener of each event with which a page is left and comes back, and in each rendered frame.
 */
function clockAndNotes(asleepMs) {
  const { now } = Date;
  let ahead = 0;
  let sleep = 0;
  let left = false;
  let last;
  Date.now = () => {
    const time = now();
    if (left && time - last >= asleepMs) {
      ahead += sleep;
      sleep = 0;
    }
    last = time;
    return time + ahead;
  };
  window.moveClock = (ms) => (ahead += ms);
  /**
   * Not in the very event with which it is left: what the service would then find to do, the browser would not keep the page for.
   * Who is put aside notices a sleep by what it is: nothing here has run for a while.
   */
  window.sleepWhenLeft = (ms) => {
    sleep = ms;
    const leave = () => {
      left = true;
      last = now();
    };
    window.addEventListener("pagehide", leave);
    document.addEventListener("freeze", leave);
  };

  window.seen = [];
  window.look = (at) => {
    if (!window.sessionBridge) return;
    const { sessions, reason } = window.sessionBridge.getSnapshot();
    const states = Object.fromEntries(sessions.map(({ id, status }) => [id, status]));
    window.seen.push({ at, hidden: document.hidden, reason, states });
  };
  window.addEventListener("pagehide", () => window.look("pagehide"));
  window.addEventListener("pageshow", ({ persisted }) => {
    window.look("pageshow");
    window.restored = persisted;
  });
  for (const kind of ["freeze", "resume", "visibilitychange"]) document.addEventListener(kind, () => window.look(kind));
  const eachFrame = () => {
    if (!document.hidden) window.look("frame");
    requestAnimationFrame(eachFrame);
  };
  requestAnimationFrame(eachFrame);
}

/** A live page that nothing but the test calls the manager of, with a session of each of these lifetimes. */
async function openPage(world, lifetimes) {
  const tab = await world.open("siteA");
  await tab.call(async (serviceUrl, options) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl, ...options });
    window.ended = [];
    manager.addEventListener("session_expired", ({ detail: { session } }) => {
      const { id, status, expiresAt } = session;
      window.ended.push({ id, status, hidden: document.hidden, late: Date.now() - expiresAt });
    });
    manager.subscribe(() => window.look("change"));
    window.sessionBridge = manager;
  }, `${world.origins.service}/service.html`, QUIET);
  await tab.ready();
  // Where a better store comes a moment later, sessions move there first.
  await tab.untilSnapshot(({ storage }) => storage.level === world.situation.level, world.situation.level);
  await tab.call(async (lifetimes) => {
    const add = ([id, ttlMs]) => window.sessionBridge.addSession({ id, userId: "user", ttlMs });
    await Promise.all(Object.entries(lifetimes).map(add));
  }, lifetimes);
  return tab;
}

/**
 * Moves the clock of the page on, and first that of its frame: a page that is ahead of its service, and asks it then, rightly
 * takes the earlier time.
 */
async function moveClock(tab, ms) {
  await tab.inService((ms) => void window.moveClock(ms), ms);
  await tab.call((ms) => void window.moveClock(ms), ms);
}

/** Has the device sleep for so long from when the page is put aside. */
async function sleepWhenLeft(tab, ms) {
  const begin = (ms) => void window.sleepWhenLeft(ms);
  await Promise.all([tab.inService(begin, ms), tab.call(begin, ms)]);
}

/** What was noted from the last event of this kind on. */
const seenSince = (tab, kind) => tab.call((kind) => window.seen.slice(window.seen.findLastIndex(({ at }) => at === kind)), kind);
const states = ({ sessions }) => Object.fromEntries(sessions.map(({ id, status }) => [id, status]));

/** Whether the page has slept, and its frame too, whose clock says when a session is added. */
async function hasSlept(tab) {
  await tab.untilSnapshot((one) => one.status === "live" && one.reason === null && one.sessions.length === 2, "the sessions");
  const { createdAt } = await tab.call(() => window.sessionBridge.addSession({ id: "after", userId: "user", ttlMs: null }));
  return createdAt - Date.now() > HOUR && (await tab.call(() => Date.now())) - Date.now() > HOUR;
}

/** The page showed "ends" as valid when the event `left` came and never since, and told of its end once. */
async function assertNeverValid(t, tab, { left, back }) {
  await until(() => tab.call(() => window.seen.at(-1).at === "frame" && window.ended.length > 0), "a frame with the sessions, and the event", {
    describe: () => tab.call(() => ({ last: window.seen.at(-1), ended: window.ended })),
  });
  const [before, ...seen] = await seenSince(tab, left);
  const count = (is) => seen.filter(is).length;
  t.diagnostic(`${seen.length} snapshots watched, ${count(({ at }) => at === "frame")} of them in frames, ${count(({ reason }) => reason === "withheld")} withheld`);
  assert.equal(before.states.ends, "valid", "it had expired before the page was left");
  assert.equal(count(({ at }) => at === back), 1, "nothing was noted when it came back");
  assert.deepEqual(seen.filter(({ states }) => states.ends === "valid"), []);
  assert.deepEqual(seen.at(-1).states, { ends: "expired", stays: "valid", after: "valid" });

  // Nor is it told of again, whatever the service is asked.
  await tab.call(() => window.sessionBridge.refresh());
  assert.equal(states(await tab.snapshot()).ends, "expired");
  assert.deepEqual(await tab.call(() => window.ended.map(({ id, status }) => [id, status])), [["ends", "expired"]]);
}

/** A session expires on time on a page that is not looked at, and never shows as valid once it is looked at again. */
export function expiryScenario(play) {
  /** Has `task` done in a world of its own, with a page that has such sessions. */
  async function withPage(lifetimes, task) {
    const world = await openWorld({ ...play, stand: bare }, { firstScript: () => callOf(clockAndNotes, [ASLEEP_MS]) });
    try {
      await task(await openPage(world, lifetimes));
    } finally {
      await world.close();
    }
  }

  describe(`${play.title}: a session that expires while nobody looks`, () => {
    test("hostile 42: a session expires in a hidden tab: for a script that asks, by a timer, and before the tab shows again", (t) =>
      withPage({ asked: HOUR, timed: 2 * HOUR, shown: 3 * HOUR, stays: null }, async (tab) => {
        const ended = () => tab.call(() => window.ended);
        const untilEnded = (id) => until(async () => (await ended()).find((one) => one.id === id), `the event of ${id}`, {
          ms: LATE_MS,
          describe: () => tab.call(() => ({ ended: window.ended, hidden: document.hidden, last: window.seen.at(-1) })),
        });
        await tab.window.hide();
        await until(() => tab.call(() => document.hidden), "the tab to be hidden");

        const asked = await tab.call(async (ms) => {
          window.look("before");
          window.moveClock(ms);
          window.look("asked");
          const seen = window.seen.slice(-2);
          // The end of the task, before anything else can run.
          await null;
          return { seen, told: window.ended.map(({ id }) => id) };
        }, PAST);
        assert.deepEqual(asked.seen.map(({ hidden, states: { asked, timed } }) => ({ hidden, asked, timed })), [
          { hidden: true, asked: "valid", timed: "valid" },
          { hidden: true, asked: "expired", timed: "valid" },
        ]);
        assert.deepEqual(asked.told, ["asked"], "what shows is told of");
        // Its service's clock is the same one.
        await tab.inService((ms) => void window.moveClock(ms), PAST);
        assert.equal(await tab.call(() => window.sessionBridge.validateSession("asked")), false);

        const left = await tab.call(() => window.sessionBridge.getSnapshot().sessions.find(({ id }) => id === "timed").expiresAt - Date.now());
        await moveClock(tab, left - SOON_MS);
        // The manager sets its timer anew, as it does with whatever the service says after a sleep.
        await tab.call(() => window.sessionBridge.refresh());
        const { late } = await untilEnded("timed");
        t.diagnostic(`a timer of the hidden tab told of the end ${late} ms late`);
        assert.ok(late >= 0 && late < LATE_MS);

        await moveClock(tab, PAST);
        await tab.window.show();
        await until(() => tab.call(() => !document.hidden && window.seen.at(-1).at === "frame"), "the tab to show");
        await untilEnded("shown");
        const seen = await seenSince(tab, "visibilitychange");
        assert.equal(seen[0].hidden, false);
        assert.deepEqual(seen.filter(({ states: { shown } }) => shown !== "expired"), []);

        await tab.call(() => window.sessionBridge.refresh());
        const over = { asked: "expired", timed: "expired", shown: "expired", stays: "valid" };
        assert.deepEqual(states(await tab.snapshot()), over);
        assert.deepEqual((await ended()).map(({ id, status, hidden }) => [id, status, hidden]), [
          ["asked", "expired", true],
          ["timed", "expired", true],
          ["shown", "expired", false],
        ]);
      }));

    /** Leaves pages by `leave` until one comes back by `back` that has slept, and looks at what that one has shown. */
    async function leavePages(t, leave, comeBack, events) {
      let done = false;
      for (let round = 0; !done; round += 1) {
        assert.ok(round < LEAVINGS, `none of ${LEAVINGS} pages was kept and slept`);
        await withPage({ ends: HOUR, stays: null }, async (tab) => {
          await sleepWhenLeft(tab, 2 * HOUR);
          await leave(tab);
          await sleep(2 * ASLEEP_MS);
          if (!(await comeBack(tab)) || !(await hasSlept(tab))) return t.diagnostic(`round ${round}: it was not kept, or did not sleep`);
          await assertNeverValid(t, tab, events);
          done = true;
        });
      }
    }

    test("hostile 42, 43: a page in the back/forward cache never shows, once back, an expired session as valid", (t) =>
      leavePages(t, (tab) => tab.window.goto(`${tab.world.origins.siteA}/origins.json`), async (tab) => {
        await tab.window.back();
        // One that the browser did not keep is loaded anew, without a manager.
        const back = () => location.pathname !== "/origins.json" && document.readyState === "complete" && (window.restored || !window.sessionBridge);
        await until(() => tab.call(back), "the page to be back");
        return tab.call(() => window.restored === true);
      }, { left: "pagehide", back: "pageshow" }));

    test("hostile 42: a page that was frozen never shows, once it goes on, an expired session as valid", needs(play, "freeze"), (t) =>
      leavePages(t, (tab) => tab.window.freeze(true), async (tab) => {
        await tab.window.freeze(false);
        return true;
      }, { left: "freeze", back: "resume" }));
  });
}
