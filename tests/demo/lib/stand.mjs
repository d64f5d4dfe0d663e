// The demo in a Chromium that keeps the sites apart, where its pages say the most.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { serve } from "../../../scripts/serve.mjs";
import { launch } from "../../e2e/harness/chromium.mjs";

/** What a person may have chosen: the size of text, in pixels. */
export const TEXT_SIZES = { usual: 16, double: 32 };
export const SCHEMES = ["light", "dark"];

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function openDemo(storage = "blocked") {
  const servers = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 } });
  const chromium = await launch(storage).catch(async (error) => {
    await servers.close();
    throw error;
  });
  return {
    origins: servers.origins,

    /** A live page of the demo, and what it complained of. `first` runs in it and its frames before any other script. */
    async open(site, { width = 1280, height = 800, scheme = "light", size = TEXT_SIZES.usual, query = "", first } = {}) {
      const page = await chromium.browser.newPage();
      page.complaints = [];
      page.on("pageerror", (error) => page.complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
      await look(page, { width, height, scheme, size });
      if (first) await page.evaluateOnNewDocument(first);
      await page.goto(`${servers.origins[site]}/${query}`);
      await page.waitForSelector('[data-testid="status"][data-status="live"]');
      return page;
    },

    async close() {
      await chromium.close();
      await servers.close();
    },
  };
}

/** As a window of this size shows it to somebody who chose these colours and this size of text. */
export async function look(page, { width, height = 800, scheme = "light", size }) {
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  // Of this page alone; frames of other sites keep the size that the browser was launched with.
  page.devtools ??= await page.createCDPSession();
  if (size !== undefined) await page.devtools.send("Page.setFontSizes", { fontSizes: { standard: size, fixed: size } });
}

/** What axe-core finds in a document: each rule that is broken, with where. */
export async function breaches(frame) {
  await frame.evaluate(axe);
  return frame.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: tags, iframes: false, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
  }, TAGS);
}
