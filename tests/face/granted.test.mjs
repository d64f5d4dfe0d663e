// Grants as the built service enforces them: two sites, one store, and a site that may see one key of two.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blankPages } from "../e2e/harness/blank.mjs";
import { until } from "../e2e/harness/until.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

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

/** Keeps what this document says to its console and keeps for later, and apart from that what it says to the other documents of its origin. */
function keepSaid() {
  window.said = [];
  const keep = (what) => {
    const text = (value) => (typeof value === "object" ? `${JSON.stringify(value)} ${value?.message}` : String(value));
    return function (...values) {
      window.said.push(values.map(text).join(" "));
      return what.apply(this, values);
    };
  };
  for (const level of ["log", "debug", "info", "warn", "error"]) console[level] = keep(console[level]);
  // The owner's frames tell one another of whole commits. A site's page listens, and must not hear them.
  window.posted = [];
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (message) {
    window.posted.push(JSON.stringify(message));
    return postMessage.call(this, message);
  };
  if (top === window) {
    window.channel = new BroadcastChannel("session-bridge:said");
    window.channel.onmessage = ({ data }) => window.said.push(JSON.stringify(data));
  }
  Storage.prototype.setItem = keep(Storage.prototype.setItem);
}

/** A page of `site` with a manager. `store` is a name for what only the pages of one test share. */
async function open(site, { store, debug = false, first = keepBytes }) {
  const page = await stand.open(site, first);
  await page.evaluate(async (service, debug) => {
    const { SessionManager } = await import("/package/manager.js");
    window.manager = new SessionManager({ serviceUrl: service, requestTimeoutMs: 30_000, debug });
    window.failure = (promise) => promise.then(() => "resolved", (error) => error.code);
    await manager.waitForReady();
  }, `${stand.origins.service}/granted.html?store=${store}${debug ? "&debug" : ""}`, debug);
  return page;
}

const serviceIn = (page) => page.frames().find((frame) => frame.url().includes("/granted.html"));
/** What `work` gives in the page's service, once that runs. A page that waits for a slow machine may take another frame meanwhile. */
async function inService(page, work, ...args) {
  const { value } = await until(async () => {
    const frame = serviceIn(page);
    return (await frame.evaluate(() => Boolean(window.service))) && { value: await frame.evaluate(work, ...args) };
  }, "the service");
  return value;
}
const shown = (page) => page.evaluate(() => manager.getSnapshot().sessions.map(({ id, userId, data }) => ({ id, userId, data })));
const heard = (page) => page.evaluate(() => window.heard);

test("hostile 28, 29: a site is sent what it is granted, writes no more than that, and hears of another grant at once", async () => {
  const whole = await open("siteA", { store: "granted" });
  await whole.evaluate(() => manager.addSession({ id: "s", userId: "CANARY user", data: { theme: "dark", secret: "CANARY 1" } }));
  const narrow = await open("siteB", { store: "granted" });
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

  const regrant = (...grants) => inService(narrow, (grants) => window.regrant(grants), grants);
  await regrant({ read: ["userId"], write: ["activate"] });
  await until(async () => (await shown(narrow))[0].userId === "CANARY user", "the new grant");
  assert.deepEqual(await shown(narrow), [{ id: "s", userId: "CANARY user", data: {} }]);
  const now = await narrow.evaluate(() => Promise.all([failure(manager.setActiveSession("s")), failure(manager.updateSession("s", { theme: "x" }))]));
  assert.deepEqual(now, ["resolved", "forbidden"]);
  assert.ok(!(await heard(narrow)).includes("secret"));

  const wrong = await inService(narrow, () => {
    try {
      window.service.setGrants([{ origin: "*", read: "*" }]);
    } catch ({ code, message }) {
      return [code, message.split(" ")[0]];
    }
  });
  assert.deepEqual(wrong, ["invalid_argument", "grants[0].origin"]);
  await regrant();
  const trouble = () => narrow.evaluate(() => manager.getSnapshot().lastError?.code);
  await until(async () => (await trouble()) === "forbidden", "the end of the grant", { describe: trouble });
  for (const page of [whole, narrow]) await page.close();
});

test("hostile 31: what a site is not granted is in nothing that is said or shown to it, however much is logged", async () => {
  const with_ = { store: "said", debug: true, first: keepSaid };
  const [whole, narrow] = [await open("siteA", with_), await open("siteB", with_)];
  await whole.evaluate(() => manager.addSession({ id: "s", userId: "CANARY user", data: { theme: "dark", secret: "CANARY 1" } }));
  await until(async () => (await shown(narrow)).length === 1, "the session");
  await whole.evaluate(() => manager.updateSession("s", { secret: "CANARY 2", theme: "light" }));
  await until(async () => (await shown(narrow))[0].data.theme === "light", "the change");
  const refused = await narrow.evaluate(async () => {
    const texts = [];
    const tell = (error) => texts.push(String(error), error.stack, JSON.stringify(error, Object.getOwnPropertyNames(error)));
    for (const data of [{ secret: 1 }, { other: 1 }]) await manager.updateSession("s", data).catch(tell);
    await manager.removeSession("s").catch(tell);
    return texts;
  });
  assert.equal(refused.length, 9);
  const objects = () => {
    const own = window.manager ?? window.service;
    const told = [own, own.metrics(), window.manager?.getSnapshot() ?? own.storage];
    return told.flatMap((object) => [String(object), JSON.stringify(object)]);
  };
  const said = () => window.said;
  const places = [(work) => narrow.evaluate(work), (work) => inService(narrow, work), (work) => inService(whole, work)];
  for (const ask of places) {
    const texts = [...(await ask(said)), ...(await ask(objects))];
    assert.ok(texts.some((text) => text.includes("session-bridge")), "the log was not kept");
    for (const text of texts) assert.ok(!/CANARY|secret/.test(text), text);
  }
  for (const text of refused) assert.ok(!/CANARY/.test(text), text);
  assert.match(String(await serviceIn(whole).evaluate(() => window.posted)), /CANARY/, "the owner's frames are told");
  for (const page of [whole, narrow]) assert.deepEqual(await page.evaluate(() => window.posted), [], "a site's page says nothing there");
  assert.ok(JSON.stringify(await whole.evaluate(objects)).includes("CANARY"), "the canary is found where it may be");
  for (const page of [whole, narrow]) await page.close();
});

test("a service page runs one service", async () => {
  // Without a manager, which would load the page anew once its service stops.
  const page = await stand.open("siteA");
  await page.evaluate((service) => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: service }));
  }, `${stand.origins.service}/granted.html?store=one`);
  const again = () => inService(page, async () => {
    const { startSessionService } = await import("/package/service.js");
    const { siteA } = await (await fetch("/origins.json")).json();
    return startSessionService({ grants: [{ origin: siteA, read: [] }] }).then((service) => service.stop(), (error) => error.code);
  });
  assert.equal(await again(), "already_exists");
  assert.equal(await again(), "already_exists", "the refusal has not ended the first");
  await inService(page, () => window.service.stop());
  assert.equal((await again()) ?? null, null);
  await page.close();
});
