// The page's part of a prompt: it gives the service's frame room and takes it back. The service is played by the test.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { until } from "../e2e/harness/until.mjs";
import { named, toManager, toService } from "../wire/lib/fixtures.mjs";
import { openPromptStage } from "./lib.mjs";

const ASKED = "ask for access";
const DECLINED = "leave the prompt: declined";
const TAKEN_AWAY = "leave the prompt: nobody declined";
const DESKTOP = { width: 900, height: 700 };

let stage;
before(async () => {
  stage = await openPromptStage();
});
after(() => stage?.close());

/** A page that is live, and whose storage a click would make better. */
async function open(query = "") {
  const stand = await stage.openManager(`/prompt/host.html${query}`);
  await stand.page.setViewport(DESKTOP);
  await stand.page.bringToFront();
  await stand.service.frame.evaluate(() => document.body.append(document.createElement("input")));
  await say(stand, "welcome: storage in memory", "page: the only one of an empty store", "synced: after a hello", "storage: this site's own; a click would raise it");
  await until(() => stand.page.evaluate(() => window.manager.getSnapshot().storage.upgrade === "gesture"), "a live page");
  await stand.service.opened();
  return stand;
}

async function say({ service }, ...names) {
  for (const name of names) await service.say(named(toManager, name).bytes);
}

const hears = async ({ service }, name) => assert.deepEqual(await service.hear(), named(toService, name).bytes, name);

/** Asks from a button that has the focus, and has the service show its frame. */
async function ask(stand, { room = true } = {}) {
  await stand.page.evaluate(() => {
    document.getElementById("share").focus();
    window.settled = undefined;
    window.asking = window.manager.requestStorageAccess().then((storage) => (window.settled = storage), (error) => (window.settled = error.code));
  });
  await hears(stand, ASKED);
  if (room) {
    await say(stand, "room: to be seen");
    await until(() => stand.page.evaluate(() => look()?.open), "the open dialog");
  }
}

/** What the page holds of the frame. */
const seen = ({ page }) =>
  page.evaluate(() => {
    const { dialog, iframe, open } = look();
    const box = iframe.getBoundingClientRect();
    const { visibility, opacity, transform, filter, pointerEvents } = getComputedStyle(iframe);
    const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    const corner = document.elementFromPoint(3, 3);
    return {
      open,
      box: [box.left, box.top, box.width, box.height].map(Math.round),
      style: [visibility, opacity, transform, filter, pointerEvents].join(" "),
      middle: middle === iframe,
      corner: corner === dialog,
      label: dialog.getAttribute("aria-label"),
      focused: document.activeElement === iframe || document.activeElement?.id || document.activeElement?.tagName,
    };
  });

const settled = (stand) => until(() => stand.page.evaluate(() => window.settled), "the promise to settle");

async function withHelpers(stand) {
  await stand.page.evaluate(() => {
    window.look = (root = document) => {
      const dialog = root.querySelector("dialog");
      return dialog && { dialog, iframe: dialog.querySelector("iframe"), open: dialog.open };
    };
  });
  return stand;
}

const opened = async (query) => withHelpers(await open(query));

test("the frame is hidden but for the time of the prompt, whatever the page's styles say", async () => {
  const stand = await opened();
  const hidden = await seen(stand);
  assert.deepEqual([hidden.open, hidden.box], [false, [0, 0, 0, 0]]);
  const loads = await stand.service.frame.evaluate(() => performance.timeOrigin);
  await ask(stand);
  const shown = await seen(stand);
  assert.deepEqual(
    [shown.open, shown.style, shown.middle, shown.corner, shown.label],
    [true, "visible 1 none none auto", true, false, stage.origins.service],
  );
  assert.deepEqual(shown.box, [0, 0, DESKTOP.width, DESKTOP.height], "the prompt has the whole window to grow in");
  await say(stand, "storage: never partitioned", "room: no longer");
  await until(() => stand.page.evaluate(() => !look().open), "the closed dialog");
  assert.equal(await stand.page.evaluate(() => window.settled), undefined, "not over before the service says so");
  await say(stand, "asked: the first question");
  assert.deepEqual(await settled(stand), { level: "same-site", shared: true, upgrade: "none", declinedUntil: null });
  const after = await seen(stand);
  assert.deepEqual([after.box, after.focused], [[0, 0, 0, 0], "share"]);
  assert.equal(await stand.service.frame.evaluate(() => performance.timeOrigin), loads, "the frame was never loaded anew");
  assert.equal(await stand.service.unheard(), 0);
});

test("the focus moves into the frame, stays there while it is shown, and comes back", async () => {
  const stand = await opened();
  await ask(stand);
  assert.equal((await seen(stand)).focused, true);
  assert.equal(await stand.service.frame.evaluate(() => document.hasFocus()), true);
  for (let step = 0; step < 4; step++) {
    await stand.page.keyboard.press("Tab");
    assert.doesNotMatch(String((await seen(stand)).focused), /share|other/, "what is behind cannot be reached");
  }
  await stand.page.evaluate(() => document.getElementById("other").focus());
  assert.notEqual((await seen(stand)).focused, "other", "what is behind is inert");
  await say(stand, "room: no longer", "asked: the first question");
  await settled(stand);
  assert.equal((await seen(stand)).focused, "share");
});

test("Escape outside the frame turns away", async () => {
  const stand = await opened();
  await ask(stand);
  await stand.page.evaluate(() => document.activeElement.blur());
  await stand.page.keyboard.press("Escape");
  await hears(stand, DECLINED);
  const after = await seen(stand);
  assert.deepEqual([after.open, after.box, after.focused], [false, [0, 0, 0, 0], "share"]);
  await say(stand, "room: no longer", "asked: the first question");
  assert.equal((await settled(stand)).level, "partitioned");
  assert.equal(await stand.service.unheard(), 0);
});

test("a page that closes or removes the dialog does not keep the promise waiting", async () => {
  const closing = await opened();
  await ask(closing);
  await closing.page.evaluate(() => look().dialog.close());
  await hears(closing, DECLINED);
  for (const what of ["iframe", "dialog"]) {
    const removing = await opened();
    await ask(removing);
    await removing.page.evaluate((what) => look()[what].remove(), what);
    assert.equal(await settled(removing), "disconnected", what);
    await until(() => removing.page.evaluate(() => look()?.iframe && !look().open), `another frame after the ${what} was removed`);
    assert.equal(await removing.page.evaluate(() => document.querySelectorAll("dialog").length), 1);
  }
});

test("closing the manager ends the prompt, also where another one stays", async () => {
  const alone = await opened();
  await ask(alone);
  await alone.page.evaluate(() => window.manager.close());
  assert.equal(await alone.page.evaluate(() => window.settled), "closed");
  assert.equal(await alone.page.evaluate(() => document.querySelector("dialog")), null);
  const two = await opened();
  await two.page.evaluate(() => (window.second = make()));
  await ask(two);
  await two.page.evaluate(() => void window.manager.close());
  assert.equal(await settled(two), "closed");
  await hears(two, TAKEN_AWAY);
  assert.equal((await seen(two)).open, false);
});

test("hostile 33: several callers share one question, and a page asks without a prompt where nothing would help", async () => {
  const stand = await opened();
  await ask(stand);
  await stand.page.evaluate(() => {
    window.both = Promise.all([window.manager.requestStorageAccess(), window.manager.requestStorageAccess()]);
  });
  await say(stand, "storage: never partitioned", "room: no longer", "asked: the first question");
  const [one, two] = await stand.page.evaluate(() => window.both);
  assert.deepEqual([one.level, two.level], ["same-site", "same-site"]);
  assert.equal((await stand.page.evaluate(() => window.manager.requestStorageAccess())).level, "same-site");
  assert.equal(await stand.service.unheard(), 0);
});

test("the page shows through it, dimmed as the page wishes, also in the dark", async () => {
  const stand = await opened();
  // Seen with the eyes of the person: a pixel of the page beside the prompt, which the test's service does not have.
  const corner = async () => {
    const png = await stand.page.screenshot({ clip: { x: 3, y: 300, width: 1, height: 1 }, encoding: "base64" });
    return stand.page.evaluate(async (png) => {
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(1, 1).getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }, png);
  };
  // What the prompt does to its document.
  await stand.service.frame.evaluate(() => document.documentElement.style.setProperty("color-scheme", "light dark"));
  await ask(stand);
  for (const scheme of ["light", "dark"]) {
    await stand.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await stand.page.evaluate(() => document.documentElement.style.setProperty("--session-bridge-backdrop", "rgb(1, 2, 3)"));
    await until(async () => String(await corner()) === "1,2,3", `the backdrop in ${scheme}`, { describe: corner });
  }
  await stand.page.setViewport({ width: 320, height: 500 });
  await until(async () => String((await seen(stand)).box) === "0,0,320,500", "the frame to follow the window");
});

test("a page that cannot show it is not blocked by it", async () => {
  const stand = await opened("?place=hidden");
  await ask(stand, { room: false });
  await say(stand, "room: to be seen");
  await hears(stand, TAKEN_AWAY);
  assert.deepEqual(await stand.page.evaluate(() => [look().open, document.activeElement.id]), [false, "share"]);
  await stand.page.click("#other");
  assert.equal(await stand.page.evaluate(() => document.activeElement.id), "other");
  await say(stand, "room: no longer", "asked: the first question");
  assert.equal((await settled(stand)).level, "partitioned");
});

test("a dialog whose file never comes keeps nobody waiting longer than the request timeout", async () => {
  const stand = await opened("?timeout=10000");
  await stand.page.setRequestInterception(true);
  stand.page.on("request", (request) => request.url().includes("/dialog-") || request.continue());
  await ask(stand, { room: false });
  await say(stand, "room: to be seen");
  await hears(stand, TAKEN_AWAY);
  await say(stand, "room: no longer", "asked: the first question");
  assert.equal((await settled(stand)).level, "partitioned");
});

test("the wait for a dialog that was to be shown before ends no later showing", async () => {
  const stand = await opened("?timeout=12000");
  await stand.page.setRequestInterception(true);
  const held = [];
  stand.page.on("request", (request) => (request.url().includes("/dialog-") ? held.push(request) : request.continue()));
  await ask(stand, { room: false });
  await say(stand, "room: to be seen");
  await until(() => held.length, "the dialog's file to be asked for");
  await setTimeout(8_000);
  await say(stand, "room: no longer", "room: to be seen");
  // Past the end of the first wait, and long before that of the second.
  await setTimeout(5_000);
  await held[0].continue();
  await until(() => stand.page.evaluate(() => look()?.open), "the open dialog");
  await stand.page.evaluate(() => document.activeElement.blur());
  await stand.page.keyboard.press("Escape");
  let heard = await stand.service.hear();
  // By now it asks how the store stands, which is variant 1.
  if (heard[1] === 1) heard = await stand.service.hear();
  assert.deepEqual(heard, named(toService, DECLINED).bytes);
});

test("it works from inside a closed shadow root, and a container that is nowhere harms nothing", async () => {
  const inside = await open("?place=shadow");
  await inside.page.evaluate(() => {
    window.look = () => {
      const dialog = window.place.querySelector("dialog");
      return { dialog, iframe: dialog.querySelector("iframe"), open: dialog.open };
    };
  });
  await ask(inside);
  assert.equal(await inside.page.evaluate(() => look().iframe.getBoundingClientRect().width > 300), true);
  await say(inside, "room: no longer", "asked: the first question");
  await settled(inside);

  const page = await inside.page.browser().newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${stage.origins.siteA}/prompt/host.html?place=detached`);
  await page.waitForFunction("window.make");
  const failed = await page.evaluate(async () => {
    const manager = make({ requestTimeoutMs: 300, backoff: { initialMs: 20, maxMs: 50 } });
    const code = await manager.requestStorageAccess().then(() => "resolved", (error) => error.code);
    await manager.close();
    return code;
  });
  assert.deepEqual([failed, complaints], ["unreachable", []]);
});
