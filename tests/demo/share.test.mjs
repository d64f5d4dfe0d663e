// The offer to share: what the button says, and what it does while it rests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openDemo } from "./lib/stand.mjs";

let demo;
before(async () => {
  demo = await openDemo();
});
after(() => demo?.close());

/** Shows this status, clicks, and tells what came of it, before the page shows its own again. */
const shown = (page, storage) =>
  page.evaluate(async (storage) => {
    const { showShare } = await import("/share.js");
    const button = document.querySelector('[data-testid="share"]');
    let asked = 0;
    const ask = window.sessionBridge.requestStorageAccess;
    window.sessionBridge.requestStorageAccess = async () => {
      asked++;
      return { shared: false };
    };
    showShare({ storage });
    button.focus();
    button.click();
    const seen = {
      offered: button.checkVisibility(),
      label: button.textContent,
      disabled: button.getAttribute("aria-disabled"),
      focused: document.activeElement === button,
      note: document.getElementById(button.getAttribute("aria-describedby")).textContent,
      asked,
    };
    window.sessionBridge.requestStorageAccess = ask;
    showShare(window.sessionBridge.getSnapshot());
    return seen;
  }, storage);

test("after “Not now” the button says until when it rests, keeps the focus and does nothing", async () => {
  const page = await demo.open("siteA");
  await page.bringToFront();
  const declinedUntil = Date.now() + 1_800_000;
  const time = await page.evaluate((at) => new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at), declinedUntil);
  const rests = await shown(page, { level: "partitioned", shared: false, upgrade: "gesture", declinedUntil });
  assert.ok(rests.label.startsWith("Can be asked again at ") && rests.label.endsWith(time), rests.label);
  assert.deepEqual([rests.offered, rests.disabled, rests.focused, rests.asked], [true, "true", true, 0]);
  assert.match(rests.note, /“Not now”/);
  const again = await shown(page, { level: "partitioned", shared: false, upgrade: "gesture", declinedUntil: Date.now() - 1 });
  assert.deepEqual([again.label, again.disabled, again.asked], ["Share with all sites…", "false", 1]);
});

test("where asking would not help there is no button", async () => {
  const page = await demo.open("siteA");
  const { offered, focused } = await shown(page, { level: "handle", shared: true, upgrade: "none", declinedUntil: null });
  assert.deepEqual([offered, focused], [false, false]);
});
