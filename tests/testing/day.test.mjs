// A day in virtual time: how many reads the cache answers. It is the same in each run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { playDay } from "../../benches/day.mjs";

test("in a day of ordinary use the cache answers more than 90 % of the reads", async () => {
  const { views, hits, misses, hitRatio } = await playDay();
  assert.ok(misses >= 2 * views, "what a page asks for before it is connected, the service answers");
  assert.ok(hits + misses > 20 * views, "people use the pages that they open");
  assert.ok(hitRatio > 0.9, `${hits} of ${hits + misses}`);
});
