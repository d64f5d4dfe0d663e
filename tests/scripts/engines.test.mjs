import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenEngines, standing } from "../../scripts/lib/engines.mjs";

const HERE = { Firefox: () => "/path" };
const ABSENT = { Firefox: () => null };

test("all engines run, or those that E2E_ENGINES names", () => {
  assert.deepEqual(chosenEngines({}), ["chromium", "firefox", "webkit"]);
  assert.deepEqual(chosenEngines({ E2E_ENGINES: "webkit, chromium" }), ["chromium", "webkit"]);
  assert.throws(() => chosenEngines({ E2E_ENGINES: "opera" }), /E2E_ENGINES names "opera". There are: chromium, firefox, webkit/);
});

test("an engine that is there runs", () => {
  assert.deepEqual(standing("firefox", {}, HERE), { run: true, fail: false, reason: "" });
  assert.deepEqual(standing("firefox", { CI: "true" }, HERE), { run: true, fail: false, reason: "" });
});

test("one that is not there is skipped with the reason, and fails where CI is set", () => {
  const reason = "Firefox not found on this machine";
  assert.deepEqual(standing("firefox", {}, ABSENT), { run: false, fail: false, reason });
  assert.deepEqual(standing("firefox", { CI: "true" }, ABSENT), { run: false, fail: true, reason });
});

test("one that was not asked for is skipped even where CI is set", () => {
  const { run, fail, reason } = standing("firefox", { CI: "true", E2E_ENGINES: "webkit" }, ABSENT);
  assert.deepEqual([run, fail], [false, false]);
  assert.match(reason, /E2E_ENGINES does not name firefox/);
});
