// The store that the pages of a bridge share does what every store must.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConformance } from "../../js/conformance/index.js";
import { Store } from "../../js/testing/world/store.js";

test("the store of a bridge passes the conformance suite", async () => {
  const stores = new Map();
  const open = (name) => {
    if (!stores.has(name)) stores.set(name, new Store());
    return stores.get(name).of(queueMicrotask, queueMicrotask);
  };
  const results = await assertConformance(open);
  assert.ok(results.filter(({ skipped }) => !skipped).length > 10);
});

test("of a commit, other frames hear and the frame that made it does not", async () => {
  const store = new Store();
  const heard = [];
  const [one, other] = ["one", "other"].map((name) => {
    const handle = store.of(queueMicrotask, queueMicrotask);
    handle.watch(() => heard.push(name));
    return handle;
  });
  const version = { epoch: "00000000001", seq: 1, tag: "00000000002" };
  assert.equal(await one.commit(null, { version, puts: [["a", "1"]], deletes: [], entry: "e", horizon: 0 }), "committed");
  await undefined;
  assert.deepEqual(heard, ["other"]);
  assert.equal(await other.commit(null, { version, puts: [], deletes: [], entry: "f", horizon: 0 }), "stale");
  assert.deepEqual(await other.get(["a", "b"]), ["1", null]);
});
