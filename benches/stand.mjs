// Chromium with the sites that everything is measured on.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dist } from "../scripts/lib/paths.mjs";
import { Stop } from "../scripts/lib/run.mjs";
import { serve } from "../scripts/serve.mjs";
import { launch } from "../tests/e2e/harness/chromium.mjs";
import { until } from "../tests/e2e/harness/until.mjs";
import { writeSite } from "./site.mjs";

/** The sites whose pages write and read. What is kept is another site's. */
export const SITES = ["siteA", "siteB"];

/**
 * Starts the servers and Chromium. `close` ends both.
 *
 * @param {readonly import("./candidates/index.mjs").Candidate[]} candidates
 */
export async function openStand(candidates) {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-bench-"));
  const ending = [() => rm(folder, { recursive: true })];
  const close = async () => {
    for (const end of ending.reverse()) await end();
  };
  try {
    const servers = await serve({
      ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
      mounts: { "": folder, "/package": dist },
      // All frames come with the same headers.
      frameAncestors: false,
      isolated: true,
    });
    ending.push(servers.close);
    await writeSite(folder, { candidates, sites: SITES.map((site) => servers.origins[site]) });
    const chromium = await launch("allowed");
    ending.push(chromium.close);
    const open = (candidate, site = SITES[0]) => openPage(chromium.browser, servers.origins, candidate, site);
    return { open, version: (await chromium.browser.version()).replace("Chrome/", "Chromium "), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens a page of a candidate in a window of its own, so that none is in the background.
 *
 * @returns {Promise<Page>}
 * @typedef {object} Page
 * @property {(name: string, ...given: unknown[]) => Promise<any>} call calls a method of `window.bench` in the page
 * @property {() => Promise<any>} connect connects to the candidate's frame
 * @property {() => import("puppeteer-core").Frame} frame the frame
 * @property {() => Promise<void>} close
 */
async function openPage(browser, origins, { name, store }, site) {
  const page = await browser.newPage({ type: "window" });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${origins[site]}/${name}/page.html`);
  await until(() => page.evaluate(() => Boolean(window.bench)), `the page of ${name}`, { describe: () => complaints });
  const call = (method, ...given) => page.evaluate((method, given) => window.bench[method](...given), method, given);
  if (!(await call("isIsolated"))) throw new Stop(`The page of ${name} is not cross-origin isolated, so its clock is too coarse.`);
  const url = `${origins.service}/${name}/frame.html`;
  return {
    call,
    connect: () => call("connect", store ? url : null),
    frame: () => page.frames().find((frame) => frame.url() === url),
    close: () => page.close(),
  };
}
