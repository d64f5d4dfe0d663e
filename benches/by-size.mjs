// `node benches/by-size.mjs`: what one change costs in a store of a few sessions and in a large one: two sites in Chromium, a store for
// each size, and everything taken in turns. The package has to be built.

import { fileURLToPath } from "node:url";

import { dist } from "../scripts/lib/paths.mjs";
import { isMain, main, say } from "../scripts/lib/run.mjs";
import { serve } from "../scripts/serve.mjs";
import { launch } from "../tests/e2e/harness/chromium.mjs";
import { until } from "../tests/e2e/harness/until.mjs";
import { count, median, ratio, table, time } from "./figures.mjs";

export const SIZES = [100, 100_000];
const ROUNDS = 7;
/** How many of each a round takes. */
const ROUND = { snapshot: 20, confirmed: 20, rate: 400 };
/** How many changes the page of the other site waits for in a round. */
const SEEN = 15;

/**
 * Takes all samples of each size: times in ms, `rate` in a second, and how many bytes of memory `page` and `service` take.
 *
 * @param {{ rounds?: number }} options
 * @returns {Promise<Record<number, Record<string, number[]>>>}
 */
export async function sampleBySize({ rounds = ROUNDS } = {}) {
  const servers = await serve({
    ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
    mounts: { "": fileURLToPath(new URL("pages", import.meta.url)), "/package": dist },
    isolated: true,
  });
  const chromium = await launch("allowed").catch(async (error) => {
    await servers.close();
    throw error;
  });
  try {
    const open = (site, size) => opened(chromium.browser, `${servers.origins[site]}/by-size.html?sessions=${size}`);
    const samples = {};
    const pages = {};
    for (const size of SIZES) {
      say("bench", `filling a store with ${size} sessions`);
      const page = await open("siteA", size);
      await page.evaluate(() => window.bench.connect());
      const count = await page.evaluate(() => window.bench.fill());
      if (count !== size) throw new Error(`The store holds ${count} sessions, not ${size}.`);
      await page.close();
      samples[size] = { first: [], load: [], snapshot: [], confirmed: [], rate: [], seen: [], page: [], service: [] };
    }
    for (let round = 0; round <= rounds; round += 1) {
      say("bench", round ? `round ${round} of ${rounds}` : "warming up");
      for (const size of SIZES) {
        const keep = (name, values) => round && samples[size][name].push(...values);
        if (loadsAnew(round)) {
          for (const page of pages[size] ?? []) await page.close();
          pages[size] = [];
          for (const site of ["siteA", "siteB"]) {
            const page = await open(site, size);
            const { all, first, count } = await page.evaluate(() => window.bench.connect());
            if (count !== size) throw new Error(`${count} sessions show, not ${size}.`);
            keep("load", [all]);
            keep("first", [first]);
            pages[size].push(page);
          }
        }
        const [writer, reader] = pages[size];
        for (const [name, amount] of Object.entries(ROUND)) keep(name, await writer.evaluate((name, amount) => window.bench[name](amount), name, amount));
        keep("seen", await seen(writer, reader, round));
        keep("page", [await bytes(writer)]);
        keep("service", [await serviceBytes(writer)]);
      }
    }
    return samples;
  } finally {
    await chromium.close();
    await servers.close();
  }
}

/** Whether a round loads both pages anew: the warm-up, the first and every other one after it. */
export const loadsAnew = (round) => round === 0 || round % 2 === 1;

async function opened(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await until(() => page.evaluate(() => Boolean(window.bench)), "the page to be ready", { ms: 60_000, describe: () => complaints });
  return page;
}

/** How long after a write began on one site a page of the other has read a list with it in it. */
async function seen(writer, reader, round) {
  const times = [];
  for (let at = 0; at < SEEN; at += 1) {
    const edits = round * SEEN + at + 1;
    const saw = reader.evaluate((edits) => window.bench.saw(edits), edits);
    const began = await writer.evaluate((edits) => window.bench.write(edits), edits);
    times.push((await saw) - began);
  }
  return times;
}

/** Bytes that JavaScript and the module hold in the page itself, of what cannot be collected. */
async function bytes(page) {
  const session = await page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize + (await page.evaluate(() => window.bench.memory()));
}

/** Bytes of the module's memory in the frame of the service, which hardly uses any other. */
async function serviceBytes(page) {
  const frame = page.frames().find((frame) => frame.url().includes("/service.html"));
  return frame.evaluate(() => window.memory());
}

/** Bytes of the texts of one session of those that the pages add: id, user id and data. */
const TEXT = ["session-000000", "user-50000", '{"name":"Person 50000","edits":0}'].join("").length;

/** The measures that are times: what each is, as in the table. */
const TIMES = {
  snapshot: "a change shows in the page that makes it",
  confirmed: "a confirmed change",
  seen: "a change seen on another site",
  first: "the first sessions show",
  load: "all sessions show",
};

/**
 * Medians in the smaller and the larger store, and how much the larger one costs to the smaller; `page` and `service`: bytes that a
 * session takes there, besides its own text.
 *
 * @param {Record<number, Record<string, number[]>>} samples
 */
export function summarizeBySize(samples) {
  const [few, many] = SIZES;
  const pair = (name) => SIZES.map((size) => median(samples[size][name]));
  const costs = Object.keys(TIMES).map((name) => [name, pair(name)]).map(([name, [less, more]]) => [name, { few: less, many: more, ratio: more / less }]);
  const [slow, slower] = pair("rate");
  const each = (side) => pair(side).reduce((less, more) => (more - less) / (many - few) - TEXT);
  return { ...Object.fromEntries(costs), rate: { few: slow, many: slower, ratio: slow / slower }, page: each("page"), service: each("service") };
}

/** What was measured, as Markdown. */
export function tablesBySize(summary) {
  const [few, many] = SIZES;
  const rows = Object.entries(TIMES).map(([name, what]) => [what, time(summary[name].few), time(summary[name].many), ratio(summary[name].ratio)]);
  rows.push([`${ROUND.rate} changes at once, in a second`, count(summary.rate.few), count(summary.rate.many), ratio(summary.rate.ratio)]);
  return `${table(["one change", `${count(few)} sessions`, `${count(many)} sessions`, "ratio"], rows)}

A session takes, besides its own text: ${count(summary.page)} B in a page, ${count(summary.service)} B in the service.
`;
}

if (isMain(import.meta)) await main("bench", async () => process.stdout.write(tablesBySize(summarizeBySize(await sampleBySize()))));
