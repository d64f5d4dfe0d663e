// Takes the samples: a page of one site, with the service and the raw frame of another.

import { fileURLToPath } from "node:url";

import { dist } from "../scripts/lib/paths.mjs";
import { say } from "../scripts/lib/run.mjs";
import { serve } from "../scripts/serve.mjs";
import { launch } from "../tests/e2e/harness/chromium.mjs";
import { until } from "../tests/e2e/harness/until.mjs";

export const ROUNDS = 7;

/** How many of each a round takes. All take their turn in each round, so that a busy moment harms them alike. */
export const ROUND = {
  roundTrip: 200, put: 100, portAndPut: 100, portAndCompare: 100, confirmed: 100, putRate: 400,
  confirmedRate: 400, snapshot: 1_000_000, hit: 20_000, nothing: 20_000,
};

/** Opens the page and takes all samples, by measure. */
export async function sample() {
  const servers = await serve({
    ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
    mounts: { "": fileURLToPath(new URL("pages", import.meta.url)), "/package": dist },
    frameAncestors: false,
  });
  const chromium = await launch("allowed").catch(async (error) => {
    await servers.close();
    throw error;
  });
  try {
    const page = await chromium.browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${servers.origins.siteA}/host.html`);
    await until(() => page.evaluate(() => Boolean(window.bench)), "the page to be ready", { ms: 60_000, describe: () => complaints });
    const storage = await page.evaluate(() => window.bench.storage());
    if (storage.raw !== storage.service) throw new Error(`Different storage is compared: ${JSON.stringify(storage)}`);
    const take = (name, amount) => page.evaluate((name, amount) => window.bench.measures[name](amount), name, amount);
    say("bench", "warming up");
    for (const [name, amount] of Object.entries(ROUND)) await take(name, Math.ceil(amount / 2));
    const samples = Object.fromEntries(Object.keys(ROUND).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      say("bench", `round ${round + 1} of ${ROUNDS}`);
      for (const [name, amount] of Object.entries(ROUND)) samples[name].push(...(await take(name, amount)));
    }
    return { samples, storage: storage.service, browser: await chromium.browser.version() };
  } finally {
    await chromium.close();
    await servers.close();
  }
}
