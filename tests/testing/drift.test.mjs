// The same conversation with a bridge and with real pages in Chromium: what programs see is the same, in the same order.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestBridge } from "../../dist/testing.js";
import { blankPages } from "../e2e/harness/blank.mjs";
import { conversation, equip, grants } from "./lib/conversation.mjs";
import { normal } from "./lib/normal.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

/**
 * Has the whole conversation. `pages.a` and `pages.b` run a function with what they have for it. After each step both ask until they
 * know the same version: of what a site does not see, it is told with the next thing that it asks for. `tick` lets the clock go on.
 */
async function converse({ pages, log, tick }) {
  const heard = [];
  const seq = ({ manager }) => (manager.getSnapshot().status === "closed" ? undefined : manager.refresh().then(() => manager.getSnapshot().version.seq));
  for (const { name, at, run } of conversation) {
    await pages[at](run);
    for (;;) {
      const [a, b] = [await pages.a(seq), await pages.b(seq)];
      if (a === b || !b) break;
    }
    heard.push({ name, a: await pages.a(log), b: await pages.b(log) });
    await tick();
  }
  return normal(heard);
}

/** Sessions of two steps are not of one millisecond. */
const TICK_MS = 20;

const log = ({ log }) => log.splice(0);

async function inProcess() {
  const origins = { a: "https://a.example", b: "https://b.example" };
  const bridge = await createTestBridge({ grants: grants(origins) });
  const b = bridge.createManager({ origin: origins.b });
  await b.waitForReady();
  const equipped = { a: equip(bridge.manager), b: equip(b) };
  const heard = await converse({ pages: { a: (run) => run(equipped.a), b: (run) => run(equipped.b) }, log, tick: () => bridge.advance(TICK_MS) });
  await bridge.close();
  return heard;
}

async function inBrowser() {
  const origins = { a: stand.origins.siteA, b: stand.origins.siteB };
  const service = `${stand.origins.service}/service.html?name=drift&grants=${encodeURIComponent(JSON.stringify(grants(origins)))}`;
  const tabs = { a: await stand.open("siteA"), b: await stand.open("siteB") };
  for (const tab of Object.values(tabs)) {
    await tab.evaluate(async (serviceUrl, equipped) => {
      const { SessionManager } = await import("/package/manager.js");
      const manager = new SessionManager({ serviceUrl });
      await manager.waitForReady();
      window.page = new Function(`return ${equipped}`)()(manager);
    }, service, `${equip}`);
  }
  const play = (tab) => (run) => tab.evaluate((text) => new Function(`return ${text}`)()(page), `${run}`);
  const heard = await converse({ pages: { a: play(tabs.a), b: play(tabs.b) }, log, tick: () => sleep(TICK_MS) });
  for (const tab of Object.values(tabs)) await tab.close();
  return heard;
}

test("a bridge and real pages tell the same, in the same order", async () => {
  const real = await inBrowser();
  const double = await inProcess();
  for (const [at, step] of real.entries()) assert.deepEqual(double[at], step, step.name);
  assert.ok(real.flatMap(({ a, b }) => [...a, ...b]).length > 100, "much was said");
});

test("a conversation with a bridge is the same every time", async () => {
  assert.deepEqual(await inProcess(), await inProcess());
});
