import assert from "node:assert/strict";
import { test } from "node:test";
import { openWorld } from "../harness/world.mjs";

/** Leaves a mark in the frame's own localStorage and answers the marks that were there before. */
async function mark(tab, text) {
  return tab.inService((text) => {
    const before = localStorage.getItem("partition-probe") ?? "";
    localStorage.setItem("partition-probe", before + text);
    return before;
  }, text);
}

/** Shows that the browser under test partitions storage and isolates sites, whatever the driver's habits. */
export function partitionScenario(play) {
  const isolated = play.engine.can.isolateFrame;
  test(`${play.title}: the browser partitions the frame's plain storage${isolated ? " and gives it a process" : ""}`, async () => {
    const world = await openWorld(play);
    try {
      const [a, a2, b, owner] = await Promise.all(["siteA", "siteA", "siteB", "owner"].map((site) => world.openLive(site)));
      assert.equal(await mark(owner, "owner "), "");
      assert.equal(await mark(a, "a "), "", "site A's frame reads what the owner's own page wrote");
      assert.equal(await mark(b, "b "), "", "site B's frame reads what another site's frame wrote");
      assert.equal(await mark(a2, "again "), "a ", "two tabs of site A have no partition in common");
      if (!isolated) return;
      for (const tab of [a, b]) {
        assert.ok(tab.window.frameIsIsolated(world.origins.service), `${tab.name} shares its process`);
      }
    } finally {
      await world.close();
    }
  });
}
