// A service page that finds a newer layout in the store loads itself anew, and never without end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { renewsOnce } from "../../js/renew.js";

function tab() {
  const marks = new Map();
  return { getItem: (name) => marks.get(name) ?? null, setItem: (name, value) => void marks.set(name, value) };
}

test("a build loads its page anew once in the life of a tab", () => {
  const [one, other] = [tab(), tab()];
  assert.deepEqual([renewsOnce(one, "a1"), renewsOnce(one, "a1"), renewsOnce(one, "a1")], [true, false, false]);
  assert.equal(renewsOnce(other, "a1"), true);
});

test("builds that servers send by turns end at once, too: each loads its page anew once", () => {
  for (const builds of [["a1", "b2"], ["a1", "b2", "c3"], ["a1", "a1", "b2"]]) {
    const storage = tab();
    const anew = Array.from({ length: 30 }, (_, at) => renewsOnce(storage, builds[at % builds.length])).filter(Boolean);
    assert.equal(anew.length, new Set(builds).size, builds.join());
  }
});

test("a tab that cannot remember throws, so that the service page does not load itself anew", () => {
  const full = { ...tab(), setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  assert.throws(() => renewsOnce(full, "a1"), { name: "QuotaExceededError" });
});
