import assert from "node:assert/strict";
import { test } from "node:test";

test("hostile 40: an import that throws gives nothing, and its error is raised in a task of its own", async () => {
  const { guarded } = await import("../../js/platform.js");
  const imports = guarded({
    sum: (...values) => values.reduce((sum, value) => sum + value, 0),
    fails: () => {
      throw new RangeError("of the page");
    },
  });
  assert.equal(imports.sum(1, 2, 3), 6);
  const raising = [];
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = (task) => raising.push(task);
  try {
    assert.equal(imports.fails(), undefined);
  } finally {
    globalThis.queueMicrotask = queueMicrotask;
  }
  assert.equal(raising.length, 1);
  assert.throws(raising[0], /RangeError: of the page/);
});

test("timers and clocks that are put in place later are not used", async () => {
  const names = ["setTimeout", "clearTimeout", "queueMicrotask", "performance", "Date"];
  const platform = await import("../../js/platform.js");
  const before = names.map((name) => globalThis[name]);
  const [now, date] = [performance.now, Date.now];
  try {
    performance.now = Date.now = () => 0;
    for (const name of names) globalThis[name] = () => assert.fail(`${name} of the page was used`);
    assert.ok(platform.performance.now() > 0 && platform.Date.now() > 0);
    let rang = false;
    platform.queueMicrotask(() => (rang = true));
    await null;
    assert.ok(rang);
    await new Promise((resolve) => platform.setTimeout(resolve));
    platform.clearTimeout(platform.setTimeout(() => assert.fail("was cleared")));
  } finally {
    names.forEach((name, at) => (globalThis[name] = before[at]));
    [performance.now, Date.now] = [now, date];
  }
});
