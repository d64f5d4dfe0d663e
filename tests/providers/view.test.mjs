// A store that shows what others wrote a little later than its lock changes hands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commit, version } from "../../js/conformance/play.js";
import { localStorageProvider } from "../../js/providers/stores.js";
import { FakeLocks } from "./stands.mjs";

/** One process's copy of a Storage: what others write arrives after `ms`. */
function processes(ms) {
  const copies = [];
  return () => {
    const map = new Map();
    for (const [key, value] of copies[0]?.map ?? []) map.set(key, value);
    const everywhere = (change) => {
      change(map);
      for (const copy of copies) if (copy.map !== map) setTimeout(() => change(copy.map), ms);
    };
    const area = {
      map,
      get length() { return map.size; },
      key: (at) => [...map.keys()][at] ?? null,
      getItem: (key) => map.get(key) ?? null,
      setItem: (key, value) => everywhere((its) => its.set(key, value)),
      removeItem: (key) => everywhere((its) => its.delete(key)),
    };
    copies.push(area);
    return area;
  };
}

test("nobody writes over a commit that does not show yet", async () => {
  const [open, locks] = [processes(15), new FakeLocks()];
  const [one, other] = [open(), open()].map((storage) => localStorageProvider("default", { storage, locks }));
  let head = null;
  for (let seq = 1; seq <= 12; seq++) {
    const writer = seq % 2 ? one : other;
    // A bad copy would still show an older head, and take this commit for a stale one, or an old one for a good one.
    assert.equal(await writer.commit(head, commit(seq, { n: String(seq) })), "committed", `commit ${seq}`);
    head = version(seq);
    assert.deepEqual(await (seq % 3 ? one : other).head(), head);
    assert.deepEqual(await (seq % 3 ? other : one).get(["n"]), [String(seq)]);
  }
});

test("a store that was cleared is not waited for again and again", async (t) => {
  const [open, locks] = [processes(1), new FakeLocks()];
  const areas = [open(), open()];
  const [one, other] = areas.map((storage) => localStorageProvider("default", { storage, locks }));
  for (let seq = 1; seq <= 3; seq++) await one.commit(seq > 1 ? version(seq - 1) : null, commit(seq, {}));
  await new Promise((resolve) => setTimeout(resolve, 10));
  for (const { map } of areas) map.clear();
  assert.equal(await other.head(), null);
  // Who waits looks every millisecond, for a second.
  const looks = t.mock.method(globalThis, "setTimeout");
  assert.equal(await other.commit(null, commit(1, {})), "committed");
  assert.ok(looks.mock.callCount() < 20, "only the first one waits");
  looks.mock.restore();
  assert.deepEqual(await one.head(), version(1));
  await Promise.all([one.close(), other.close()]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok([...locks.queues].every(([, queue]) => queue.length === 0), "no lock is held after all is over");
});
