// Upgrade and rollback of a service page under open tabs (docs/deploying.md): pages and services of two builds meet in every
// way, and nothing that was confirmed or is pending is lost.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { until } from "../e2e/harness/until.mjs";
import { add, deployment, ids, live, shows, status } from "./stand.mjs";

let stand;
beforeEach(async () => (stand = await deployment()));
afterEach(() => stand?.close());

test("a service page is upgraded under open tabs: pages of both builds go on, and see one another's sessions", async () => {
  const [one, other] = [await stand.open("siteA", "old"), await stand.open("siteB", "old")];
  await Promise.all([live(one), live(other)]);
  assert.equal(await add(one, "before"), "confirmed");
  stand.serves = "new";
  // It is written to the store while services of the old build run in the other tabs.
  const late = await stand.open("siteA", "new");
  await live(late);
  await shows(late, "before");
  const added = await Promise.all([add(late, "new"), add(one, "old one"), add(other, "old other")]);
  assert.deepEqual(added, ["confirmed", "confirmed", "confirmed"]);
  for (const tab of [one, other, late]) await shows(tab, "before,new,old one,old other");
  // A tab that loads again gets the new service, with its old manager.
  await other.page.evaluate(() => window.manager.close());
  const again = await stand.open("siteB", "old");
  await live(again);
  await shows(again, "before,new,old one,old other");
  assert.ok(stand.asked.includes("old") && stand.asked.at(-1) === "new", JSON.stringify(stand.asked));
});

test("a site is upgraded before the owner is: its new page works with the old service", async () => {
  const [fresh, old] = [await stand.open("siteA", "new"), await stand.open("siteB", "old")];
  await Promise.all([live(fresh), live(old)]);
  assert.deepEqual(await Promise.all([add(fresh, "new"), add(old, "old")]), ["confirmed", "confirmed"]);
  for (const tab of [fresh, old]) await shows(tab, "new,old");
  assert.deepEqual(stand.asked, ["old", "old"]);
});

test("a service page is rolled back under open tabs and forward again: what was written stays, and what waits is confirmed", async () => {
  stand.serves = "new";
  const first = await stand.open("siteA", "new");
  await live(first);
  assert.equal(await add(first, "new"), "confirmed");
  stand.serves = "old";
  const meanwhile = await stand.open("siteB", "old");
  // The new service's first write gave the store its own layout: the old one reads nothing of it, and says so.
  await until(() => meanwhile.page.evaluate(() => window.events.includes("storage_failed")), "the old service's word that it cannot read the store", { describe: () => status(meanwhile) });
  assert.deepEqual([await status(meanwhile), await ids(meanwhile)], ["connecting", ""]);
  const waits = add(meanwhile, "waits");
  assert.equal(await add(first, "goes on"), "confirmed", "an open tab keeps the service that it has");
  assert.equal(await meanwhile.page.evaluate(() => window.manager.getSnapshot().pendingWrites), 1, "what waits is neither lost nor refused");
  stand.serves = "new";
  const end = await stand.open("siteB", "new");
  for (const tab of [first, meanwhile, end]) await live(tab);
  assert.equal(await waits, "confirmed");
  for (const tab of [first, meanwhile, end]) await shows(tab, "goes on,new,waits");
});

/** Gives the store the layout of a build that is to come, or gives it back its own; from the service's own page. */
async function layout(page, schema) {
  return page.evaluate((schema) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("session-bridge:default");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const entries = opening.result.transaction("entries", "readwrite").objectStore("entries");
      const reading = entries.get("meta");
      // A number below 128 is one character, and the first one is the layout's.
      reading.onsuccess = () => {
        const was = reading.result;
        entries.put(String.fromCharCode(schema ?? was.charCodeAt(0)) + was.slice(1), "meta").onsuccess = () => (opening.result.close(), resolve(was.charCodeAt(0)));
      };
    };
  }), schema);
}

const TO_COME = 99;

test("a service that meets a newer layout loads its page anew, and the page around it hears of no failure", async () => {
  stand.serves = "new";
  const writer = await stand.open("siteA", "new");
  await live(writer);
  assert.equal(await add(writer, "kept"), "confirmed");
  await writer.page.evaluate(() => window.manager.close());
  const owner = await stand.owner();
  const own = await layout(owner, TO_COME);
  // The page that was cached is of this build; the one that the server sends from the second time on can read the store.
  let sent = 0;
  stand.onService = async () => {
    sent += 1;
    if (sent === 2) await layout(owner, own);
  };
  const tab = await stand.open("siteA", "new", { requestTimeoutMs: 20_000 });
  await live(tab);
  await shows(tab, "kept");
  assert.equal(sent, 2);
  assert.deepEqual([await tab.page.evaluate(() => window.events), tab.warnings()], [[], []]);
});

test("a page that was loaded anew in vain says that the storage failed, and is not loaded without end", async () => {
  stand.serves = "new";
  const tab = await stand.open("siteA", "new", { backoff: { initialMs: 400, maxMs: 400, jitter: 0 } });
  await live(tab);
  const owner = await stand.owner();
  const own = await layout(owner, TO_COME);
  await tab.page.evaluate(() => {
    // Each frame that the manager puts into the page, of which each loads its page once.
    window.mounts = 0;
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => (window.mounts += node.nodeName === "DIALOG" ? 1 : 0)))).observe(document.body, { childList: true });
    window.manager.refresh().catch(() => {});
  });
  const before = stand.asked.length;
  await tab.page.evaluate(() => document.querySelector("iframe").remove());
  await until(() => tab.page.evaluate(() => window.events.filter((code) => code === "storage_failed").length >= 3), "the third word that the storage failed", { ms: 60_000, describe: () => tab.page.evaluate(() => JSON.stringify(window.events)) });
  const [loads, mounts] = [stand.asked.length - before, await tab.page.evaluate(() => window.mounts)];
  assert.ok(loads <= mounts + 1, `${loads} loads of ${mounts} frames: one of them was loaded anew more than once`);
  assert.equal(tab.warnings().filter((text) => text.includes("storage")).length, 1, JSON.stringify(tab.warnings()));
  const pending = add(tab, "waits");
  await layout(owner, own);
  await live(tab);
  assert.equal(await pending, "confirmed");
  assert.equal(await ids(tab), "waits");
});
