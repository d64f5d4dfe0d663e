import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

/** A page under `Cross-Origin-Embedder-Policy: require-corp` takes in only a frame that comes with the headers for it. */
export function isolatedScenario(play) {
  for (const frameAncestors of [true, false]) {
    const what = frameAncestors ? "reaches a service page with the headers of the package" : "is kept from one without them";
    test(`hostile 17: ${play.title}: a cross-origin isolated page ${what}`, async () => {
      const world = await openWorld(play, { isolated: true, frameAncestors });
      try {
        // One waits for an answer, the other for none.
        const tab = await world.open("siteA", { requestTimeoutMs: frameAncestors ? 60_000 : 3_000 });
        await until(() => tab.call(() => Boolean(window.sessionBridge)), "the manager");
        const told = await tab.call(() => window.sessionBridge.waitForReady().then(() => "ready", ({ code }) => code));
        assert.equal(await tab.call(() => crossOriginIsolated), true, "the page is not isolated");
        assert.equal(told, frameAncestors ? "ready" : "unreachable");
        if (frameAncestors) await tab.call(() => window.sessionBridge.addSession({ id: "works", userId: "user" }));
      } finally {
        await world.close();
      }
    });
  }
}
