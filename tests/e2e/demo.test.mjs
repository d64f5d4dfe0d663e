// The demo as somebody uses it: by keyboard and pointer, reading what stands on the pages.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { onEngine, playOn } from "./harness/plays.mjs";
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
  }, `${what} on ${tab.name}`, { describe: () => rows(tab) });

const button = (hook, id) => `[data-testid="session"][data-id="${id}"] [data-testid="${hook}"]`;

/** Pages that see one another's writes. */
function together(play) {
  describe(`${play.title}: the demo's pages that share a store`, () => {
    let world;
    let a;
    let b;
    let everywhere;
    before(async () => {
      world = await openWorld(play);
      everywhere = await Promise.all(["siteA", ...world.company].map((site) => world.openLive(site, QUIET)));
      [a, b] = everywhere;
    });
    after(() => world?.close());

    test("say that they are live, and whether other sites share it", async () => {
      for (const tab of everywhere) {
        assert.equal(await text(tab, "status"), "Live", tab.name);
        assert.match(await text(tab, "storage-level"), world.situation.shared ? /^Shared by all sites$/ : /^This (site|page) only/, tab.name);
        if (world.situation.shared) assert.equal(await text(tab, "storage-advice"), "", tab.name);
      }
      const names = await Promise.all(everywhere.map((tab) => text(tab, "site-name")));
      assert.equal(new Set(names).size, world.situation.shared ? names.length : 1, "two sites go by one name");
    });

    test("show everywhere what is added by keyboard on one, with its version in the timeline", async () => {
      await a.call(() => document.querySelector('[data-testid="add-name"]').focus());
      await a.window.type("Ada");
      await a.window.press("Enter");
      for (const tab of everywhere) {
        const [row] = await untilRows(tab, ([first]) => first?.name === "Ada" && !first.pending, "the added session");
        const told = await tab.call(() => {
          const entry = document.querySelector('[data-testid="timeline-entry"][data-type="session_created"]');
          return entry && Number(entry.dataset.version);
        });
        assert.equal(told, row.version, tab.name);
        assert.equal(await text(tab, "pending"), "0", tab.name);
      }
    });

    test("follow a switch, a new name and a removal", async () => {
      const [{ id }] = await rows(a);
      await b.window.click(button("switch", id));
      for (const tab of everywhere) await untilRows(tab, ([row]) => row.active, "the switch");

      await b.window.click(button("rename", id));
      await b.window.type("Grace");
      await b.window.press("Enter");
      for (const tab of everywhere) await untilRows(tab, ([row]) => row.name === "Grace" && !row.pending, "the new name");

      await a.window.click(button("sign-out", id));
      for (const tab of everywhere) await untilRows(tab, (list) => list.length === 0, "the removal");
    });

    test("raised no error in the console", async () => {
      for (const tab of everywhere) assert.deepEqual(await tab.window.complaints(), [], tab.name);
    });
  });
}

/** Pages of sites that the browser keeps apart. */
function alone(play) {
  describe(`${play.title}: the demo's pages, where the browser keeps sites apart`, () => {
    const apart = Object.entries(play.engine.settings).filter(([, { shared }]) => !shared);
    for (const [setting, { level }] of apart) {
      test(`say that they are alone (${level}) and what to do`, async () => {
        const world = await openWorld(play, { setting });
        try {
          for (const tab of await Promise.all(["siteA", "siteB"].map((site) => world.openLive(site, QUIET)))) {
            const shown = () => tab.call(() => document.querySelector('[data-testid="storage-level"]').dataset.level);
            await until(async () => (await shown()) === level, `the level ${level} on ${tab.name}`, { describe: shown });
            assert.match(await text(tab, "storage-level"), /^This (site|page) only/);
            assert.match(await text(tab, "storage-advice"), /npm start -- --open/);
          }
        } finally {
          await world.close();
        }
      });
    }
  });
}

for (const name of ["chromium", "firefox", "webkit"]) {
  onEngine(name, (engine) => {
    const play = playOn(demo, engine);
    together(play);
    alone(play);
  });
}
