import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { dist } from "../../scripts/lib/paths.mjs";
import { cycle, cyclesOf } from "./harness/cycles.mjs";
import { census } from "./harness/heap.mjs";
import { keepLedger } from "./harness/ledger.mjs";
import { ENGINES, onEngine, playOn } from "./harness/plays.mjs";
import { bare } from "./harness/stands.mjs";
import { until } from "./harness/until.mjs";
import { openWorld } from "./harness/world.mjs";

const CYCLES = 1_000;
/** Before the first count: what is made once stays. */
const WARM_UP = 25;
/** Of managers or frames: a driver does not wait for one answer as long as it likes. */
const PART = 25;
/** Three times as long as a manager that was slow to connect waits for the long text of its error, closed or not. */
const REST_MS = 3_000;
/** Enough for several that go at the very moment at which the service has started. */
const FRAMES = 150;

for (const name of Object.keys(ENGINES)) {
  onEngine(name, (engine) => {
    describe(`${engine.title}: managers that come and go`, () => {
      let world;
      let page;
      before(async () => {
        world = await openWorld(playOn(bare, engine), { firstScript: () => `(${keepLedger})()` });
        page = await world.open("siteA");
      });
      after(() => world?.close());

      const run = async (cycles) => {
        const reached = {};
        for (let left = cycles; left > 0; left -= PART) {
          const part = await page.call(cycle, cyclesOf(world.origins, Math.min(left, PART)));
          for (const [end, count] of Object.entries(part)) reached[end] = (reached[end] ?? 0) + count;
        }
        return reached;
      };

      // Only Chromium's protocol shows the heap; the page's own account of what it took is kept in each.
      const cycles = engine.name === "chromium" ? CYCLES : CYCLES / 10;
      test(`hostile 49: ${cycles} made and closed at every point of their lives leave nothing`, async (t) => {
        const ledger = () => page.call(() => window.ledger());
        const rested = (timers) => until(async () => (await ledger()).timers === timers, `${timers} timers`, { ms: REST_MS, describe: ledger });
        const { timers } = await ledger();
        await page.call(lookInto, await longTexts(), `${world.origins.service}/service.html`);
        await run(WARM_UP);
        await rested(timers);
        const begun = { ledger: await ledger(), heap: await heapOf(page, engine) };
        const began = performance.now();
        const reached = await run(cycles);
        const seconds = (performance.now() - began) / 1_000;
        t.diagnostic(`${seconds.toFixed(0)} s, closed ${Object.entries(reached).map(([end, count]) => `${end} ${count}`).join(", ")}`);
        await rested(timers);
        assert.deepEqual(await ledger(), begun.ledger);
        if (begun.heap) {
          const left = await heapOf(page, engine);
          t.diagnostic(`alive before ${JSON.stringify(begun.heap)}`);
          t.diagnostic(`alive after  ${JSON.stringify(left)}`);
          compare(begun.heap, left);
        }
      });

      // WebKit spins for ever where a module's top-level await ends after its frame was removed.
      test("hostile 49: frames that go while their service starts leave the page alive", async () => {
        const url = `${world.origins.service}/pages/awaiting.html`;
        for (let from = 0; from < FRAMES; from += PART) assert.equal(await page.call(putInAndTakeOut, { url, from, to: from + PART }), from + PART);
      });

      test("a leak is seen", async () => {
        const begun = await page.call(() => window.ledger());
        await page.call(() => {
          window.addEventListener("focus", () => {});
          setTimeout(() => {}, 1e9);
          window.kept = new MessageChannel();
          document.body.append(document.createElement("iframe"));
        });
        const left = await page.call(() => window.ledger());
        for (const [what, count] of Object.entries(left)) assert.equal(count, begun[what] + 1, what);
        if (engine.name !== "chromium") return;
        const before = await heapOf(page, engine);
        await page.call(() => {
          window.kept = Array.from({ length: 30 }, () => ({ frame: document.createElement("iframe"), call: () => {} }));
        });
        const after = await heapOf(page, engine);
        assert.throws(() => compare(before, after), /\d+ before, \d+ after/);
      });
    });
  });
}

/** The file that a manager loads, once for all of them, when a service takes long: what it holds is no leak, nor what it first asks the browser for. */
async function longTexts() {
  const file = (await readdir(dist)).find((name) => /^diagnosis-[0-9A-Z]{8}\.js$/.test(name));
  assert.ok(file, "dist holds no diagnosis file");
  return `/package/${file}`;
}

/** Runs in a page: does what a manager does when a service takes long. */
async function lookInto(texts, url) {
  const { describe, examine } = await import(texts);
  const frame = document.createElement("iframe");
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  frame.src = url;
  document.body.append(frame);
  await loaded;
  const about = { what: "service", serviceUrl: new URL(url), ms: 1, answered: false };
  await examine(about);
  describe(about, []);
  frame.remove();
}

/** Runs in a page: puts in frames one after another, and takes each out at another moment. */
async function putInAndTakeOut({ url, from, to }) {
  let n = from;
  for (; n < to; n += 1) {
    const frame = document.createElement("iframe");
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    frame.src = `${url}?${n}`;
    document.body.append(frame);
    await loaded;
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 60));
    frame.remove();
  }
  return n;
}

const heapOf = (page, engine) => (engine.name === "chromium" ? census(page.window.page) : undefined);

/** Each cycle that left one thing behind would show as a thousand; what the browser keeps of its own makes a few. */
const SLACK = 10;

function compare(before, after) {
  for (const [what, count] of Object.entries(before)) {
    // The counters of functions and nodes take in what this very test evaluates.
    const most = what === "bufferBytes" ? count : count + SLACK;
    assert.ok(after[what] <= most, `${what}: ${count} before, ${after[what]} after`);
  }
}
