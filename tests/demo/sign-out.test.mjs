// Signing out and taking it back, by keyboard and as a screen reader hears it; the offer to share, and its rest.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../e2e/harness/until.mjs";
import { openDemo } from "./lib/stand.mjs";

let demo;
before(async () => {
  demo = await openDemo();
});
after(() => demo?.close());

/** A page with these sessions, the first of them active. */
async function signedIn(...names) {
  const page = await demo.open("siteA");
  await page.bringToFront();
  await page.evaluate(async (names) => {
    const manager = window.sessionBridge;
    for (const { id } of manager.getSnapshot().sessions) await manager.removeSession(id);
    for (const name of names) await manager.addSession({ id: `${name}-${Math.random()}`, userId: name, data: { name, color: "rose", since: null } });
    await manager.setActiveSession(manager.getSnapshot().sessions[0].id);
  }, names);
  return page;
}

const seen = (page) =>
  page.evaluate(() => {
    const text = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.replace(/[\u2066-\u2069]/g, ""));
    return {
      names: text('[data-testid="session"] [data-testid="name"]'),
      active: text('[data-testid="session"][data-active="true"] [data-testid="name"]'),
      pending: document.querySelectorAll('[data-pending="true"]').length,
      undos: text('[data-testid="undo-text"]'),
      said: text('[data-testid="announcer"]')[0],
      focused: document.activeElement.dataset.testid,
      label: (document.activeElement.getAttribute("aria-label") ?? "").replace(/[\u2066-\u2069]/g, ""),
    };
  });

const untilSeen = (page, condition, what) =>
  until(async () => {
    const now = await seen(page);
    return condition(now) && now;
  }, what, { describe: () => seen(page) });

const focusOn = (page, hook, index = 0) =>
  page.evaluate((hook, index) => document.querySelectorAll(`[data-testid="session"] [data-testid="${hook}"]`)[index].focus(), hook, index);

test("signed out by keyboard, the focus is on Undo, which brings the same session back, active as it was", async () => {
  const page = await signedIn("Ada", "Grace");
  const before = await page.evaluate(() => JSON.parse(JSON.stringify(window.sessionBridge.getSnapshot().activeSession)));
  await focusOn(page, "sign-out");
  await page.keyboard.press("Enter");
  const out = await untilSeen(page, ({ names }) => names.join() === "Grace", "the list without it");
  assert.deepEqual([out.undos, out.focused, out.label], [["“Ada” was signed out."], "undo-button", "Undo: sign “Ada” in again"]);
  await untilSeen(page, ({ pending }) => pending === 0, "the removal to be confirmed");
  await page.keyboard.press("Enter");
  const back = await untilSeen(page, ({ names, pending }) => names.length === 2 && pending === 0, "it to be back");
  assert.deepEqual([back.active, back.undos, back.focused], [["Ada"], [], "add-name"]);
  const after = await page.evaluate(() => JSON.parse(JSON.stringify(window.sessionBridge.getSnapshot().activeSession)));
  for (const member of ["id", "userId", "data"]) assert.deepEqual(after[member], before[member], member);
  assert.deepEqual(page.complaints, []);
});

test("undone before the service has confirmed the removal, it stays", async () => {
  const page = await signedIn("Ada", "Grace");
  await page.evaluate(() => {
    document.querySelector('[data-testid="sign-out"]').click();
    document.querySelector('[data-testid="undo-button"]').click();
  });
  await untilSeen(page, ({ names, pending }) => names.length === 2 && pending === 0, "both, confirmed");
  await page.evaluate(() => window.sessionBridge.refresh());
  assert.deepEqual((await seen(page)).names.toSorted(), ["Ada", "Grace"]);
  assert.equal(await page.$('[data-testid="notice"]'), null);
});

test("it is said, waits for as long as it takes, and goes when it is dismissed", async () => {
  const page = await signedIn("Ada");
  const heard = await page.evaluateHandle(() => {
    const heard = [];
    const announcer = document.querySelector('[data-testid="announcer"]');
    new MutationObserver(() => heard.push(announcer.textContent.replace(/[\u2066-\u2069]/g, ""))).observe(announcer, { childList: true, characterData: true, subtree: true });
    return heard;
  });
  await page.click('[data-testid="sign-out"]');
  await untilSeen(page, ({ undos }) => undos.length === 1, "the offer");
  assert.equal((await heard.jsonValue())[0], "“Ada” was signed out. It can be undone.");
  const { focused } = await seen(page);
  assert.equal(focused, "undo-button");
  await page.keyboard.press("Tab");
  assert.equal((await seen(page)).label, "Dismiss: “Ada” stays signed out");
  await page.keyboard.press("Enter");
  assert.deepEqual([(await seen(page)).undos, (await seen(page)).focused], [[], "add-name"]);
});

test("a key that is held down does not sign out and in again", async () => {
  const page = await signedIn("Ada", "Grace");
  await focusOn(page, "sign-out");
  await page.keyboard.down("Enter");
  for (let repeated = 0; repeated < 3; repeated++) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  assert.deepEqual((await untilSeen(page, ({ pending }) => pending === 0, "the removal")).undos, ["“Ada” was signed out."]);
});

test("of many, the last three can be undone; one that another page signs out is not offered here", async () => {
  const page = await signedIn("A", "B", "C", "D", "E");
  for (let count = 0; count < 4; count++) await page.click('[data-testid="sign-out"]');
  assert.deepEqual((await untilSeen(page, ({ names }) => names.length === 1, "one left")).undos.map((text) => text[1]), ["D", "C", "B"]);
  await page.evaluate(() => window.sessionBridge.removeSession(window.sessionBridge.getSnapshot().sessions[0].id));
  assert.equal((await untilSeen(page, ({ names }) => names.length === 0, "none")).undos.length, 3);
});

test("a removal that is refused takes the offer back and says why", async () => {
  const page = await signedIn("Ada");
  await page.evaluate(() => {
    window.sessionBridge.removeSession = () => Promise.reject(Object.assign(new Error("Not here."), { code: "forbidden" }));
  });
  await page.click('[data-testid="sign-out"]');
  await page.waitForSelector('[data-testid="notice"]');
  assert.deepEqual((await seen(page)).undos, []);
  assert.match(await page.$eval('[data-testid="notice"]', ({ textContent }) => textContent), /was not signed out.*Not here\..*forbidden/s);
});
