import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { chosenEngines, standing } from "../../scripts/lib/engines.mjs";
import { isOfSilence } from "../../scripts/test/again.mjs";
import { WebDriverSession } from "../e2e/harness/engines/webdriver.mjs";

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

test("a browser that has not answered in all the time there is is asked nothing more, and tests that needed it begin again", async (t) => {
  let asked = 0;
  const server = createServer(() => (asked += 1)).listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const session = new WebDriverSession(`http://127.0.0.1:${server.address().port}/session/s`, 1_000);
  const command = () => session.alone((command) => command("GET", "/window/handles"));
  await assert.rejects(command(), (error) => error.name === "TimeoutError" && isOfSilence({ path: [], result: "failed", why: error.message }));
  // Whoever tries again after a timeout does not for this.
  await assert.rejects(command(), (error) => error.name === "Error" && isOfSilence({ path: [], result: "failed", why: error.message }));
  assert.ok(asked <= 1, `it was asked ${asked} times`);
});
