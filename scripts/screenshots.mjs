// Takes the pictures of `docs/images`, of the demo as it is built: `node scripts/screenshots.mjs [demo] [prompt]`.
// `--all` takes every size, colour scheme and language, into a folder that is named at the end.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findChromium } from "./lib/browser.mjs";
import { root } from "./lib/paths.mjs";
import { isMain, main, say } from "./lib/run.mjs";
import { takeDemo } from "./screenshots/demo.mjs";
import { dress } from "./screenshots/looks.mjs";
import { takePrompts } from "./screenshots/prompt.mjs";
import { serve } from "./serve.mjs";

const PATIENCE_MS = 20_000;

/** Each with what its browser grants to frames of other sites: as Chromium's `cookie_controls_mode` numbers it. */
const STORIES = {
  demo: { cookies: 0, take: takeDemo },
  prompt: { cookies: 1, take: takePrompts },
};

if (isMain(import.meta)) {
  await main("screenshots", async () => {
    const all = process.argv.includes("--all");
    const images = all ? await mkdtemp(join(tmpdir(), "session-bridge-screenshots-")) : join(root, "docs", "images");
    await mkdir(images, { recursive: true });
    const chosen = process.argv.slice(2).filter((name) => name in STORIES);
    const names = chosen.length > 0 ? chosen : Object.keys(STORIES);
    for (const name of names) await tell(STORIES[name], { all, images });
    say("screenshots", images);
  });
}

async function tell({ cookies, take }, { all, images }) {
  const { origins, close } = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 } });
  const profile = await profileWith(cookies);
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath: findChromium(), userDataDir: profile, args: [...sandbox, "--hide-scrollbars"] });
  try {
    await take({
      origins,
      all,
      open: (address, look) => open(browser, address, look),
      shoot: (page, name) => shoot(page, join(images, `${name}.png`)),
    });
  } finally {
    await browser.close();
    await close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** A live page of the demo as it looks on this device in this colour scheme. */
async function open(browser, address, look) {
  const page = await browser.newPage();
  await dress(page, look);
  await page.goto(address);
  await page.waitForSelector('[data-testid="status"][data-status="live"]', { timeout: PATIENCE_MS });
  return page;
}

async function shoot(page, path) {
  await page.bringToFront();
  await page.mouse.move(0, 0);
  await page.screenshot({ path });
  say("screenshots", path);
}

/** A profile with this setting for third-party cookies: where they are allowed, sites share through a handle. */
async function profileWith(cookies) {
  const profile = await mkdtemp(join(tmpdir(), "session-bridge-profile-"));
  await mkdir(join(profile, "Default"));
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify({ profile: { cookie_controls_mode: cookies } }));
  return profile;
}
