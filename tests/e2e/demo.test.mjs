// The demo as somebody uses it: by keyboard and pointer, reading what stands on the pages.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { demo } from "./harness/stands.mjs";
import { until } from "./harness/until.mjs";
import { openWorld } from "./harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };

/** The rows of the list as they stand on the page. */
const rows = (tab) =>
  tab.call(() => [...document.querySelectorAll('[data-testid="session"]')].map((row) => ({
    id: row.dataset.id,
    name: row.querySelector('[data-testid="name"]').textContent,
    active: row.dataset.active === "true",
    pending: row.dataset.pending === "true",
    version: Number(row.dataset.version),
  })));

const text = (tab, hook) =>
  tab.call((hook) => {
    const element = document.querySelector(`[data-testid="${hook}"]`);
    return element.hidden ? "" : element.textContent.trim();
  }, hook);

const untilRows = (tab, condition, what) =>
  until(async () => {
    const now = await rows(tab);
    return condition(now) && now;
  }, `${what} on ${tab.site}`, { describe: () => rows(tab) });

const button = (hook, id) => `[data-testid="session"][data-id="${id}"] [data-testid="${hook}"]`;

describe("the demo's pages, where the browser lets sites share", () => {
  let world;
  let a;
  let b;
  let everywhere;
  before(async () => {
    world = await openWorld(demo, "allowed");
    everywhere = await Promise.all(["siteA", "siteB", "owner", "sibling"].map((site) => world.openLive(site, QUIET)));
    [a, b] = everywhere;
  });
  after(() => world?.close());

  test("say that they are live and share", async () => {
    for (const tab of everywhere) {
      assert.equal(await text(tab, "status"), "Live", tab.site);
      assert.match(await text(tab, "storage-level"), /shared$/, tab.site);
      assert.equal(await text(tab, "storage-advice"), "", tab.site);
    }
    const names = await Promise.all(everywhere.map((tab) => text(tab, "site-name")));
    assert.equal(new Set(names).size, names.length, "two sites go by one name");
  });

  test("show on every site what is added by keyboard on one, with its version in the timeline", async () => {
    await a.page.focus('[data-testid="add-name"]');
    await a.page.keyboard.type("Ada");
    await a.page.keyboard.press("Enter");
    for (const tab of everywhere) {
      const [row] = await untilRows(tab, ([first]) => first?.name === "Ada" && !first.pending, "the added session");
      const told = await tab.call(() => {
        const entry = document.querySelector('[data-testid="timeline-entry"][data-type="session_created"]');
        return entry && Number(entry.dataset.version);
      });
      assert.equal(told, row.version, tab.site);
      assert.equal(await text(tab, "pending"), "0", tab.site);
    }
  });

  test("follow a switch, a new name and a removal", async () => {
    const [{ id }] = await rows(a);
    await b.page.click(button("switch", id));
    for (const tab of everywhere) await untilRows(tab, ([row]) => row.active, "the switch");

    await b.page.click(button("rename", id));
    await b.page.keyboard.type("Grace");
    await b.page.keyboard.press("Enter");
    for (const tab of everywhere) await untilRows(tab, ([row]) => row.name === "Grace" && !row.pending, "the new name");

    await a.page.click(button("remove", id));
    for (const tab of everywhere) await untilRows(tab, (list) => list.length === 0, "the removal");
  });

  test("raised no error in the console", () => {
    for (const tab of everywhere) assert.deepEqual(tab.complaints, [], tab.site);
  });
});

describe("the demo's pages, where the browser keeps sites apart", () => {
  for (const [setting, level] of [["blocked", "partitioned"], ["refused", "memory"]]) {
    test(`say that they are alone (${level}) and what to do`, async () => {
      const world = await openWorld(demo, setting);
      try {
        for (const tab of await Promise.all(["siteA", "siteB"].map((site) => world.openLive(site, QUIET)))) {
          await until(async () => (await text(tab, "storage-level")).startsWith(level), `the level ${level} on ${tab.site}`, {
            describe: () => text(tab, "storage-level"),
          });
          assert.match(await text(tab, "storage-advice"), /npm start -- --open/);
        }
      } finally {
        await world.close();
      }
    });
  }
});
