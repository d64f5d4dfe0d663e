// How the table of docs/hostile.md is made from what the stages have run.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";
import { drivesChromium } from "../../scripts/test/drives.mjs";
import { ROWS } from "../../scripts/test/hostile/rows.mjs";
import { gaps, pageOf, stood, without } from "../../scripts/test/hostile/table.mjs";
import { testsInCargo } from "../../scripts/test/results.mjs";

const file = join(root, "tests/scripts/hostile.test.mjs");
const driven = join(root, "tests/face/page.test.mjs");
const passed = (stage, path, more) => ({ stage, path, result: "passed", file, ...more });
const inRust = (name) => ({ stage: "host", path: [name], result: "passed" });

test("a test is of the numbers that its name begins with, or that of a suite around it", () => {
  const found = stood([
    passed("e2e", ["hostile 5, 6: demo, WebKit: a window", "in vain"]),
    passed("face", ["some suite", "hostile 7: a script"], { file: driven }),
    passed("scripts", ["hostile 50: headers"]),
    passed("scripts", ["what is hostile 5: no"]),
    passed("packaging", ["hostile 5: Vite, Chromium: once more"]),
    inRust("engine::follower::tests::hostile_35_36_a_gap"),
    inRust("a_gap_is_hostile_35_nowhere"),
    { ...inRust("hostile_7_in_a_browser"), stage: "web" },
  ]);
  assert.deepEqual(found.map(({ number, name, place, stage }) => [number, name, place, stage]), [
    [5, "a window: in vain", "WebKit", "e2e"],
    [6, "a window: in vain", "WebKit", "e2e"],
    [7, "a script", "Chromium", "face"],
    [50, "headers", "Node", "scripts"],
    [35, "a gap", "Rust", "host"],
    [36, "a gap", "Rust", "host"],
    [7, "in a browser", "Chromium", "web"],
  ]);
});

/** One test of each number in each engine that it asks for. */
const whole = Object.entries(ROWS).flatMap(([number, { engines, nothing }]) => {
  if (nothing) return [];
  if (!engines.length) return [inRust(`hostile_${number}_is_stood`)];
  return engines.map((engine) => passed("e2e", [`hostile ${number}: demo, ${engine}: it is stood`]));
});

test("nothing is missing where each number has a test that passed in each engine that it asks for", () => {
  assert.deepEqual(gaps(whole, []), []);
  const inFirefox = ({ path }) => path[0].startsWith("hostile 5: demo, Firefox");
  assert.deepEqual(gaps(whole.filter((one) => !inFirefox(one)), []), ["5 has no test that passed in Firefox."]);
  assert.deepEqual(gaps(whole.filter((one) => !inFirefox(one)), ["Firefox"]), [], "an engine that is not there is not asked for");
  assert.deepEqual(gaps(whole.map((one) => (inFirefox(one) ? { ...one, result: "skipped" } : one)), []), ["5 has no test that passed in Firefox."]);
  assert.deepEqual(gaps([...whole, { ...inRust("hostile_5_also"), result: "failed" }], []), ['5: "also" failed (Rust).']);
  assert.deepEqual(gaps(whole.filter(({ path }) => path[0] !== "hostile_36_is_stood"), []), ["36 has no test that passed."]);
  assert.deepEqual(gaps(whole.filter(({ path }) => path[0] !== "hostile_36_is_stood"), ["Chromium"]), []);
  assert.deepEqual(gaps([...whole, inRust("hostile_51_more")], []), ['There is no number 51, of which "more" is.']);
});

test("the page has each number once, and tells what is not built", () => {
  const page = pageOf(whole);
  const rows = page.split("\n").filter((line) => /^\| \d/.test(line));
  assert.equal(rows.length, 50);
  assert.match(rows[4], /^\| 5 \| .* \| e2e: it is stood \| Chromium, Firefox, WebKit \| stood \|$/);
  assert.match(rows[22], /\| {2}\| {2}\| not built yet: compression \|$/);
  assert.match(rows[42], /\| stood; not built yet: React \|$/);
  assert.match(pageOf([]), /\n\| 5 \| .* \| no test yet \|\n/);
  assert.notEqual(page, pageOf(whole.slice(1)));
  const noFirefox = pageOf(whole.filter(({ path }) => !path[0].includes("Firefox")));
  assert.notEqual(page, noFirefox);
  assert.equal(without(page, ["Firefox"]), without(noFirefox, ["Firefox"]));
});

test("cargo's tests are told by name, and a file drives a browser if what it imports does", () => {
  assert.deepEqual(testsInCargo("running 3 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d - should panic ... ok\ntest e ... ignored\ntest result: ok.\n"), [
    { path: ["a::b"], result: "passed" },
    { path: ["c"], result: "failed" },
    { path: ["d"], result: "passed" },
    { path: ["e"], result: "skipped" },
  ]);
  assert.equal(drivesChromium(driven), true);
  assert.equal(drivesChromium(join(root, "tests/e2e/webkit.test.mjs")), true);
  assert.equal(drivesChromium(file), false);
});
