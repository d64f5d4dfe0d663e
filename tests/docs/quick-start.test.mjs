// The quick start of the README, word for word: it comes alive on two sites, while it is worked on, built, and without a
// build step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../e2e/harness/chromium.mjs";
import { until } from "../e2e/harness/until.mjs";
import { blockToRun, quickStart } from "./lib/documents.mjs";
import { built, develop, project, serveFolder } from "./lib/project.mjs";

/** A page of the quick start, and what a person does on it and reads there. */
class Page {
  complaints = [];

  static async open(browser, url) {
    const page = new Page();
    page.tab = await browser.newPage({ type: "window" });
    page.tab.on("pageerror", (error) => page.complaints.push(String(error)));
    page.tab.on("console", (message) => message.type() === "error" && !/favicon|404/.test(message.text()) && page.complaints.push(message.text()));
    page.tab.on("dialog", (dialog) => dialog.accept(page.name));
    await page.tab.goto(url);
    return page;
  }

  read = () => this.tab.evaluate(() => ({
    status: document.getElementById("status").textContent,
    rows: [...document.querySelectorAll("li")].map(({ textContent }) => textContent),
    buttons: [...document.querySelectorAll("body > button:not([hidden])")].map(({ id }) => id),
  }));

  /** Until `wanted` of what the page shows is so. */
  shows = (wanted) => until(
    async () => {
      const seen = await this.read();
      return Object.entries(wanted).every(([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value));
    },
    JSON.stringify(wanted),
    { ms: 60_000, describe: async () => ({ ...(await this.read()), complaints: this.complaints }) },
  );

  press = (selector) => this.tab.evaluate((selector) => document.querySelector(selector).click(), selector);

  async signIn(name) {
    this.name = name;
    await this.press("#sign-in");
  }
}

async function alive({ owner, other }) {
  const { browser, close } = await launch("allowed");
  try {
    const own = await Page.open(browser, owner);
    await own.shows({ status: "shared by all sites", rows: [], buttons: ["sign-in"] });
    await own.signIn("Ada");
    await own.shows({ rows: ["Ada Active"] });
    const foreign = await Page.open(browser, other);
    await foreign.shows({ status: "shared by all sites", rows: ["Ada Active"], buttons: [] });
    await own.signIn("Grace");
    await foreign.shows({ rows: ["Ada Switch", "Grace Active"] });
    await foreign.press("li:first-child button");
    await own.shows({ rows: ["Ada Active", "Grace Switch"] });
    assert.deepEqual([...own.complaints, ...foreign.complaints], []);
  } finally {
    await close();
  }
}

/** Until the end of the test. */
async function during(t, making) {
  const made = await making;
  t.after(made.remove);
  return made;
}

test("it comes alive on two sites while it is worked on", async (t) => {
  const made = await during(t, project());
  const stop = await develop(made);
  t.after(stop);
  await alive(made);
});

test("where sites do not share, the second page says so and offers to", async (t) => {
  const made = await during(t, project());
  const stop = await develop(made);
  t.after(stop);
  const { browser, close } = await launch("blocked");
  t.after(close);
  const foreign = await Page.open(browser, made.other);
  await foreign.shows({ status: "of this site only", rows: [], buttons: ["share"] });
  await foreign.press("#share");
  const framed = () => foreign.tab.evaluate(() => document.querySelector("dialog[open] iframe") !== null);
  await until(framed, "the service's prompt over the page", { describe: foreign.read });
});

test("it comes alive as it is built", async (t) => {
  const made = await during(t, project());
  const stop = await built(made);
  t.after(stop);
  await alive(made);
});

test("it comes alive without a build step, by the import map", async (t) => {
  const importMap = await blockToRun("quick-start");
  const made = await during(t, project((path, text) => {
    if (path.endsWith(".html")) text = text.replace('<script type="module">', `${importMap}$&`);
    return text.replace('from "./grants.json"', '$& with { type: "json" }');
  }));
  const stop = await serveFolder(made);
  t.after(stop);
  await alive(made);
});

test("it is two pages, one list of grants and a bundler's configuration", async () => {
  assert.deepEqual([...(await quickStart()).keys()].sort(), ["grants.json", "index.html", "service.html", "vite.config.mjs"]);
});
