import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, watchQuota } from "../../js/quota.js";

const browser = ({ persisted = false, state = "prompt" } = {}) => {
  const asked = [];
  return {
    asked,
    storage: {
      persisted: async () => persisted,
      persist: async () => asked.push("persist") > 0,
    },
    permissions: { query: async ({ name }) => ({ state: name === "persistent-storage" ? state : "denied" }) },
  };
};

test("the browser is asked to keep what is the owner's own, and nothing else", async () => {
  for (const level of ["handle", "partitioned", "memory", "unknown"]) {
    const partition = browser();
    assert.equal(await keep(level, partition, false), false);
    assert.deepEqual(partition.asked, [], level);
  }
  const own = browser();
  assert.equal(await keep("same-site", own, false), true);
  assert.deepEqual(own.asked, ["persist"]);
  const kept = browser({ persisted: true });
  assert.equal(await keep("same-site", kept, false), true);
  assert.deepEqual(kept.asked, []);
});

test("no person is asked", async () => {
  for (const [state, kept] of [["prompt", false], ["denied", false], ["granted", true]]) {
    const firefox = browser({ state });
    assert.equal(await keep("same-site", firefox, true), kept, state);
    assert.equal(firefox.asked.length, Number(kept));
  }
});

test("a browser that refuses or knows nothing of it is left alone", async () => {
  for (const navigator of [{}, undefined, { storage: {} }, { storage: { persist() {}, persisted() { throw new Error("no"); } } }]) {
    assert.equal(await keep("same-site", navigator, false), false);
  }
  assert.equal(await keep("same-site", { storage: browser().storage }, true), false, "no permissions to look at");
});

test("room that runs out is told once, and that there is more again, too", async () => {
  const told = [];
  let usage = 10;
  let looks = 0;
  const source = { estimate: async () => (looks++, { usage, quota: 100 }) };
  const end = watchQuota(() => 0, ({ usage, high }) => told.push([usage, high]), source, { everyMs: 5 });
  const until = async (fits) => {
    for (let at = 0; at < 200 && !fits(); at++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(fits());
  };
  const more = async () => {
    const before = looks;
    await until(() => looks > before + 2);
  };
  await more();
  assert.deepEqual(told, []);
  usage = 91;
  await more();
  assert.deepEqual(told, [[91, true]]);
  usage = 50;
  await more();
  usage = 95;
  await more();
  assert.deepEqual(told, [[91, true], [50, false], [95, true]]);
  end();
  const before = looks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.ok(looks <= before + 1);
});

test("where the browser does not say, or says nonsense, nothing is told", async () => {
  const none = () => assert.fail("told");
  watchQuota(() => 0, none, undefined)();
  watchQuota(() => 0, none, {})();
  for (const estimate of [async () => ({}), async () => ({ usage: 5, quota: 0 }), async () => Promise.reject(new Error("no"))]) {
    const end = watchQuota(() => 0, none, { estimate });
    await new Promise((resolve) => setTimeout(resolve, 5));
    end();
  }
});
