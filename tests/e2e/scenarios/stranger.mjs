import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { callOf } from "../harness/script.mjs";
import { spyOnMessages } from "../harness/spy.mjs";
import { openWorld } from "../harness/world.mjs";

const DEADLINE_MS = 1_500;
const OPTIONS = { requestTimeoutMs: DEADLINE_MS, heartbeatMs: 500, backoff: { initialMs: 50, maxMs: 400 } };

/** Another origin of site B: the same server under a name that no grant has. */
const strangeOrigin = (world) => {
  const url = new URL(world.origins.siteB);
  url.hostname = "c.localhost";
  return url.origin;
};

/** Opens the page of an origin, makes a manager there and notes when each thing happens to it. */
async function openStranger(world) {
  const tab = await world.open(strangeOrigin(world), { manual: "" });
  await tab.call(async (serviceUrl, options) => {
    const SessionManager = window.SessionManager ?? (await import("session-bridge")).SessionManager;
    window.frameLoads = 0;
    document.addEventListener("load", ({ target }) => {
      if (target instanceof HTMLIFrameElement) window.frameLoads += 1;
    }, true);
    const manager = new SessionManager({ serviceUrl, ...options });
    window.sessionBridge = manager;
    window.becameLive = false;
    manager.addEventListener("connection_established", () => (window.becameLive = true));
    const began = performance.now();
    window.outcome = manager.waitForReady().then(
      () => ({ code: "live" }),
      (error) => ({ code: error.code, typed: error instanceof Error && error.name === "SessionError", after: performance.now() - began }),
    );
    window.read = manager.getAllSessions().then(() => "read", (error) => error.code);
  }, `${world.origins.service}/service.html`, OPTIONS);
  return tab;
}

/** What must hold for every page that the service does not talk to. */
async function assertUnreachable(t, tab) {
  const outcome = await tab.call(() => window.outcome);
  assert.equal(outcome.code, "unreachable");
  assert.equal(outcome.typed, true, "the error is a SessionError");
  t.diagnostic(`unreachable after ${Math.round(outcome.after)} ms, deadline ${DEADLINE_MS}`);
  assert.ok(outcome.after >= DEADLINE_MS - 50 && outcome.after < DEADLINE_MS + 5_000, "not at the deadline");
  assert.ok((await tab.call(() => window.frameLoads)) >= 1, "the frame's load never fired, so it could fool nobody");
  assert.equal(await tab.call(() => window.becameLive), false);
  // The promise's time runs from the call, the frame's from when it is there: the snapshot may say so a moment later.
  const snapshot = await tab.untilSnapshot((one) => one.reason === "unreachable", "a snapshot that says unreachable");
  assert.notEqual(snapshot.status, "live");
  assert.deepEqual(snapshot.sessions, []);
  assert.ok(["unreachable", "timeout"].includes(await tab.call(() => window.read)), "a read ends with a typed error");
  assert.deepEqual(await tab.call(() => window.spiedMessages), [], "a message came from the service");
}

/** A page whose origin has no grant hears nothing, whatever its frame loads. */
export function strangerScenario(play) {
  async function inWorld(frameAncestors, task) {
    const world = await openWorld(play, { frameAncestors, firstScript: () => callOf(spyOnMessages, []) });
    try {
      const granted = await world.openLive("siteB");
      // The spy does see what a page is sent: else its silence would prove nothing.
      assert.ok((await granted.call(() => window.spiedMessages)).length > 0, "the spy sees nothing");
      await granted.call(() => window.sessionBridge.addSession({ id: "secret", userId: "user" }));
      await task(world, await openStranger(world));
    } finally {
      await world.close();
    }
  }

  describe(`${play.title}: an origin without a grant`, () => {
    test("hostile 30: an origin without a grant is answered by nobody, though the service runs in its frame", (t) =>
      inWorld(false, async (world, tab) => {
        const loaded = () => performance.getEntriesByType("resource").some(({ name }) => /service.*\.wasm/.test(name));
        await until(() => tab.inService(loaded), "the service to run in the frame");
        await assertUnreachable(t, tab);
      }));

    test("hostile 17: an origin without a grant is kept out where the service page names its ancestors, and the frame's `load` fools nobody", (t) =>
      inWorld(true, async (world, tab) => {
        await assertUnreachable(t, tab);
        assert.equal(await tab.hasService(), false, "the browser shows the service page after all");
      }));
  });
}
