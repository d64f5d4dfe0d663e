// What `npm run sim` makes of its command line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "../../scripts/sim/options.mjs";

test("a batch is so many seeds, from the first or another, or as many as fit into a time", () => {
  assert.deepEqual(readOptions([]), { SIM_SEEDS: "10000", SIM_FROM: "0", SIM_SECONDS: "0" });
  assert.deepEqual(readOptions(["--seeds", "1000000", "--from", "7"]), { SIM_SEEDS: "1000000", SIM_FROM: "7", SIM_SECONDS: "0" });
  assert.deepEqual(readOptions(["--seconds", "60"]), { SIM_SEEDS: "1", SIM_FROM: "0", SIM_SECONDS: "60" });
});

test("one history is a seed, or a plan", () => {
  assert.deepEqual(readOptions(["--seed", "5"]), { SIM_PLAN: "seed=5" });
  assert.deepEqual(readOptions(["--plan", "seed=5 steps=1"]), { SIM_PLAN: "seed=5 steps=1" });
});

test("anything else is refused with a word on what it takes", () => {
  for (const args of [["--seeds"], ["--seeds", "many"], ["--seed", "1", "--from", "2"], ["5"], ["--speed", "9"]]) {
    assert.throws(() => readOptions(args), /npm run sim/, args.join(" "));
  }
});
