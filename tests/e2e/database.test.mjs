// The store in IndexedDB in each engine: the contract, and what it builds on.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dist, root } from "../../scripts/lib/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { ENGINES, onEngine, playOn } from "./harness/plays.mjs";
import { until } from "./harness/until.mjs";
import { openWorld } from "./harness/world.mjs";

/** An empty page with the package and the conformance suite beside it. */
const empty = {
  name: "empty page",
  path: "/pages/bare.html",
  serve: (options) => serve({
    ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
    mounts: { "/package": dist, "/conformance": join(root, "js/conformance"), "/pages": join(root, "tests/e2e/pages") },
    ...options,
  }),
};

/** Starts `task` in the page, and gives what it comes to: no driver waits for it as long as it may take. */
async function run(window, task, what) {
  await window.evaluate(`(() => {
    window.outcome = null;
    (${task})().then((value) => (window.outcome = { value }), (error) => (window.outcome = { error: String(error) }));
  })()`);
  const outcome = await until(() => window.evaluate("window.outcome"), what, { ms: 180_000, every: 200 });
  assert.equal(outcome.error, undefined);
  return outcome.value;
}

/** Transactions with a request that is sure to fail: told to commit before that is known, or left to commit by themselves. */
const failing = async () => {
  const settled = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
  const opening = indexedDB.open(`failing ${Math.random()}`);
  opening.onupgradeneeded = () => opening.result.createObjectStore("log").put("first", 1);
  const database = await settled(opening);
  const attempt = async (work) => {
    const transaction = database.transaction("log", "readwrite", { durability: "strict" });
    const added = work(transaction, transaction.objectStore("log"));
    const end = await new Promise((resolve) => Object.assign(transaction, { oncomplete: () => resolve("complete"), onabort: () => resolve("abort") }));
    return { end, error: added.error?.name ?? null, left: await settled(database.transaction("log").objectStore("log").getAll()) };
  };
  const committed = await attempt((transaction, log) => {
    log.get(1).onsuccess = () => transaction.commit();
    return log.add("again", 1);
  });
  const left = await attempt((transaction, log) => {
    log.put("beside", 2);
    return log.add("again", 1);
  });
  database.close();
  return { committed, left };
};

const keepsTheContract = async () => {
  const { indexedDbProvider } = await import("/package/service.js");
  const { conformance } = await import("/conformance/index.js");
  const results = await conformance((name) => indexedDbProvider(name));
  return { count: results.length, failed: results.filter(({ ok }) => !ok) };
};

/** Two commits of one number at once, many times: the slower one has compared rightly, and fails after its `commit()`. */
const races = async () => {
  const { indexedDbProvider } = await import("/package/service.js");
  const { commit, version } = await import("/conformance/play.js");
  const name = `races ${Math.random()}`;
  const stores = [indexedDbProvider(name), indexedDbProvider(name)];
  await stores[0].commit(null, commit(1, {}));
  for (let seq = 2; seq <= 40; seq += 1) {
    // Both to one version, with keys of their own.
    const answers = await Promise.all(stores.map((store, who) => store.commit(version(seq - 1), commit(seq, { [`${who}/${seq}`]: "x" }))));
    const won = answers.indexOf("committed");
    if (answers[1 - won] !== "stale") return answers;
    const left = await stores[seq % 2].get([`${won}/${seq}`, `${1 - won}/${seq}`]);
    if (left[0] !== "x" || left[1] !== null) return left;
  }
  return (await stores[0].list("", { limit: 99 })).length;
};

for (const name of Object.keys(ENGINES)) {
  onEngine(name, (engine) => {
    const play = playOn(empty, engine);
    describe(`${play.title}: the store in IndexedDB`, () => {
      let world;
      let window;
      before(async () => {
        world = await openWorld(play);
        window = (await world.open("owner")).window;
      });
      after(() => world?.close());

      test("a request that fails after commit() says so itself, and without commit() nothing of its transaction takes effect", async (t) => {
        const { committed, left } = await run(window, failing, "both transactions");
        // How the transaction ends differs: Firefox completes it.
        t.diagnostic(`after commit(): ${committed.end}`);
        assert.deepEqual([committed.error, committed.left], ["ConstraintError", ["first"]]);
        assert.deepEqual(left, { end: "abort", error: "ConstraintError", left: ["first"] });
      });

      test("of two commits that follow the same one, the slower leaves nothing", async () => {
        assert.equal(await run(window, races, "all races"), 39);
      });

      test("it keeps the contract", async (t) => {
        const { count, failed } = await run(window, keepsTheContract, "all cases");
        t.diagnostic(`${count} cases`);
        assert.deepEqual(failed, []);
        assert.ok(count > 20);
      });
    });
  });
}
