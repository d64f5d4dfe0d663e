// All of it, in the demo: the page asks, the service's frame is shown in it, the person answers, the storage follows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { serve } from "../../scripts/serve.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { until } from "../e2e/harness/until.mjs";
import { SETTLE_MS, pause } from "./lib.mjs";

let servers;
let chromium;
before(async () => {
  servers = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 } });
  chromium = await launch("blocked");
});
after(async () => {
  await chromium?.close();
  await servers?.close();
});

/** A live page of the demo that has pressed the button, and the prompt in its frame. */
async function ask(site) {
  const page = await chromium.browser.newPage({ type: "window" });
  await page.goto(servers.origins[site]);
  await page.waitForSelector('[data-testid="ask"]:not([hidden])');
  const frame = page.frames().find((frame) => frame.url().endsWith("/service.html"));
  await page.evaluate(() => {
    window.held = () => window.sessionBridge.getSnapshot().sessions.map(({ id }) => id);
    const ask = window.sessionBridge.requestStorageAccess;
    window.sessionBridge.requestStorageAccess = async function () {
      window.settled = undefined;
      return (window.settled = await ask.call(this));
    };
  });
  const press = () => page.click('[data-testid="share"]');
  const state = () => frame.evaluate(() => document.querySelector("session-bridge-prompt")?.shadowRoot.querySelector("dialog").dataset.state);
  const shown = () => page.evaluate(() => document.querySelector("dialog").open);
  const settled = () => until(() => page.evaluate(() => window.settled), "the promise to settle", { describe: state });
  return { page, frame, press, state, shown, settled };
}

/** Lets the owner's frame have its unpartitioned storage on this site, as a person would in the settings. */
async function setAccess(site, setting) {
  const page = await chromium.browser.newPage();
  await page.goto("chrome://settings/content");
  // Grants are for sites, which have no ports.
  const [owner, top] = [servers.origins.service, servers.origins[site]].map((origin) => origin.replace(/:\d+$/, ""));
  await page.evaluate((...given) => window.chrome.send("setCategoryPermissionForPattern", given), owner, top, "storage-access", setting, false);
  await page.close();
}

test("declined by keyboard: nothing changes, and it is not asked again", async () => {
  const { page, frame, press, state, shown, settled } = await ask("siteA");
  await press();
  await until(shown, "the frame to be shown");
  assert.equal(await state(), "ask");
  const box = await page.evaluate(() => JSON.parse(JSON.stringify(document.querySelector("dialog iframe").getBoundingClientRect())));
  const inside = await frame.evaluate(() => [innerWidth, innerHeight]);
  assert.deepEqual(inside, [box.width, box.height].map(Math.round));
  const title = await frame.evaluate(() => document.querySelector("session-bridge-prompt").shadowRoot.querySelector("h1").textContent);
  assert.equal(title, "Share your sessions with Acorn Books?");
  await page.keyboard.press("Tab");
  assert.equal(await frame.evaluate(() => document.querySelector("session-bridge-prompt").shadowRoot.activeElement.textContent), "Not now");
  await page.keyboard.press("Escape");
  const { declinedUntil, ...storage } = await settled();
  assert.deepEqual(storage, { level: "partitioned", shared: false, upgrade: "gesture" });
  const quietMs = 3_600_000;
  const rest = declinedUntil - Date.now();
  assert.ok(rest > quietMs / 2 && rest <= quietMs, `it rests for ${rest} ms`);
  assert.equal(await shown(), false);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "share");
  const button = () => page.$eval('[data-testid="share"]', ({ textContent, ariaDisabled }) => ({ textContent, ariaDisabled }));
  // With the day, if that is another one by then.
  const rests = async () => ((now) => now.ariaDisabled === "true" && /^Can be asked again at .*\d:\d\d/.test(now.textContent))(await button());
  await until(rests, "the button to say until when it rests", { describe: button });
  // Pressed, it asks nothing; nor is anything asked of a page that asks all the same.
  await page.evaluate(() => (window.settled = undefined));
  await press();
  assert.deepEqual([await page.evaluate(() => window.settled), await shown()], [undefined, false]);
  await page.evaluate(() => window.sessionBridge.requestStorageAccess());
  assert.deepEqual([await shown(), await state()], [false, undefined]);
  // Another life of the page and of the frame knows it too.
  await page.reload();
  const again = () => page.evaluate(() => window.sessionBridge?.getSnapshot().storage.declinedUntil);
  const later = await until(again, "the rest to be told");
  assert.ok(Math.abs(later - declinedUntil) < 60_000, `${later - declinedUntil} ms off`);
  await until(rests, "the button of the page that was loaded again to rest", { describe: button });
  await page.frames().find((frame) => frame.url().endsWith("/service.html")).evaluate(() => localStorage.clear());
  await page.close();
});

test("the prompt speaks the language of the page that asks, as it is when the page connects", async () => {
  const page = await chromium.browser.newPage({ type: "window" });
  await page.evaluateOnNewDocument(() => {
    if (window === top) new MutationObserver((_, observer) => {
      if (!document.documentElement) return;
      document.documentElement.lang = "ar-EG";
      observer.disconnect();
    }).observe(document, { childList: true });
  });
  await page.goto(servers.origins.siteB);
  await page.waitForSelector('[data-testid="ask"]:not([hidden])');
  const lang = await page.evaluate(() => document.documentElement.lang);
  await page.click('[data-testid="share"]');
  await page.waitForSelector("dialog[open]");
  const frame = page.frames().find((frame) => frame.url().endsWith("/service.html"));
  const shown = await frame.evaluate(() => {
    const dialog = document.querySelector("session-bridge-prompt").shadowRoot.querySelector("dialog");
    return { lang: dialog.lang, dir: getComputedStyle(dialog).direction, deny: dialog.querySelector("button").textContent };
  });
  assert.deepEqual([lang, shown], ["ar-EG", { lang: "ar", dir: "rtl", deny: "ليس الآن" }]);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog:not([open])");
  await frame.evaluate(() => localStorage.clear());
  await page.close();
});

test("refused by the browser: a visit is offered, and when that does not help, it is explained", async () => {
  const { page, press, shown, state, settled } = await ask("siteA");
  await press();
  await until(shown, "the frame to be shown");
  await pause(SETTLE_MS);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await state()) === "visit", "the offer of a visit", { describe: state });
  assert.deepEqual((await page.evaluate(() => window.sessionBridge.getSnapshot().storage)).upgrade, "visit");
  await pause(SETTLE_MS);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const opened = new Promise((resolve) => chromium.browser.once("targetcreated", resolve));
  await page.keyboard.press("Enter");
  const visited = await (await opened).page();
  assert.equal(new URL(visited.url()).origin, servers.origins.service);
  await until(async () => (await state()) === "away", "the wait for the return", { describe: state });
  await visited.close();
  await page.bringToFront();
  await pause(SETTLE_MS);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await state()) === "failed", "the explanation", { describe: state });
  await page.keyboard.press("Escape");
  const { declinedUntil, ...storage } = await settled();
  assert.deepEqual(storage, { level: "partitioned", shared: false, upgrade: "none" });
  assert.ok(declinedUntil > Date.now(), "who closes it has declined");
});

test("allowed: the page's storage is the one that all sites share before the promise settles, and holds what it had", async () => {
  const { page, frame, press, shown, state, settled } = await ask("siteB");
  await page.evaluate(() => window.sessionBridge.addSession({ id: "mine", userId: "u" }));
  await press();
  await until(shown, "the frame to be shown");
  await pause(SETTLE_MS);
  await setAccess("siteB", "allow");
  await page.bringToFront();
  await pause(SETTLE_MS);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await state()) === "done", "the good news", { describe: state });
  assert.deepEqual(await settled(), { level: "handle", shared: true, upgrade: "none", declinedUntil: null });
  assert.equal(await shown(), false);
  await until(async () => (await page.evaluate(() => window.held())).includes("mine"), "the session that it had");
  assert.equal(await page.evaluate(() => document.querySelector('[data-testid="ask"]').hidden), true);
  assert.equal(await frame.evaluate(() => document.querySelector("session-bridge-prompt")), null);
});
