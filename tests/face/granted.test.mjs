// Grants as the built service enforces them: two sites, one store, and a site that may see one key of two.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { dist } from "../../scripts/lib/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { until } from "../e2e/harness/until.mjs";

let servers;
let chromium;

before(async () => {
  const page = fileURLToPath(new URL("page", import.meta.url));
  servers = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 }, mounts: { "": page, "/package": dist } });
  chromium = await launch("allowed");
});

after(async () => {
  await chromium?.close();
  await servers?.close();
});

/** Keeps all bytes that the page is sent, as text of one character for each byte. */
function keepBytes() {
  window.heard = "";
  window.MessageChannel = class extends window.MessageChannel {
    constructor() {
      super();
      for (const port of [this.port1, this.port2]) {
        port.addEventListener("message", ({ data }) => (window.heard += data instanceof Uint8Array ? String.fromCharCode(...data) : JSON.stringify(data)));
      }
    }
  };
}

async function open(site) {
  const page = await chromium.browser.newPage();
  await page.evaluateOnNewDocument(keepBytes);
  await page.goto(`${servers.origins[site]}/blank.html`);
  await page.evaluate(async (service) => {
    const { SessionManager } = await import("/package/manager.js");
    window.manager = new SessionManager({ serviceUrl: `${service}/granted.html`, heartbeatMs: 500 });
    window.failure = (promise) => promise.then(() => "resolved", (error) => error.code);
    await manager.waitForReady();
  }, servers.origins.service);
  return page;
}

const shown = (page) => page.evaluate(() => manager.getSnapshot().sessions.map(({ id, userId, data }) => ({ id, userId, data })));
const heard = (page) => page.evaluate(() => window.heard);

test("a site is sent what it is granted, writes no more than that, and hears of another grant at once", async () => {
  const whole = await open("siteA");
  await whole.evaluate(() => manager.addSession({ id: "s", userId: "CANARY user", data: { theme: "dark", secret: "CANARY 1" } }));
  const narrow = await open("siteB");
  assert.equal(await narrow.evaluate(() => manager.getSnapshot().storage.shared), true);
  assert.deepEqual(await shown(narrow), [{ id: "s", userId: "", data: { theme: "dark" } }]);

  await whole.evaluate(() => manager.updateSession("s", { secret: "CANARY 2" }));
  await whole.evaluate(() => manager.updateSession("s", { theme: "light" }));
  await until(async () => (await shown(narrow))[0].data.theme === "light", "the change that shows");
  const refused = await narrow.evaluate(() =>
    Promise.all([
      failure(manager.updateSession("s", { secret: "mine" })),
      failure(manager.updateSession("s", { theme: "mine", secret: null })),
      failure(manager.addSession({ userId: "u" })),
      failure(manager.setActiveSession("s")),
      failure(manager.removeSession("s")),
    ]),
  );
  assert.deepEqual(refused, Array(5).fill("forbidden"));
  await narrow.evaluate(() => manager.updateSession("s", ({ theme, ...others }) => ({ theme: `${theme}er ${Object.keys(others)}` })));
  await until(async () => (await shown(whole))[0].data.theme === "lighter ", "what the function made");
  assert.deepEqual(await shown(whole), [{ id: "s", userId: "CANARY user", data: { theme: "lighter ", secret: "CANARY 2" } }]);
  const before = await heard(narrow);
  assert.ok(before.includes("lighter") && !before.includes("CANARY") && !before.includes("secret"), before);

  const frame = narrow.frames().find((frame) => frame.url().endsWith("/granted.html"));
  const regrant = (...grants) => frame.evaluate((grants) => window.regrant(grants), grants);
  await regrant({ read: ["userId"], write: ["activate"] });
  await until(async () => (await shown(narrow))[0].userId === "CANARY user", "the new grant");
  assert.deepEqual(await shown(narrow), [{ id: "s", userId: "CANARY user", data: {} }]);
  const now = await narrow.evaluate(() => Promise.all([failure(manager.setActiveSession("s")), failure(manager.updateSession("s", { theme: "x" }))]));
  assert.deepEqual(now, ["resolved", "forbidden"]);
  assert.ok(!(await heard(narrow)).includes("secret"));

  const wrong = await frame.evaluate(() => {
    try {
      window.service.setGrants([{ origin: "*", read: "*" }]);
    } catch ({ code, message }) {
      return [code, message.split(" ")[0]];
    }
  });
  assert.deepEqual(wrong, ["invalid_argument", "grants[0].origin"]);
  await regrant();
  // A new frame would begin with the grants that it starts with.
  const trouble = () => narrow.evaluate(() => manager.getSnapshot().lastError?.code);
  await until(async () => (await trouble()) === "forbidden", "the end of the grant", { describe: trouble });
});
