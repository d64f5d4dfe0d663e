// Takes the pictures of the README, of the demo as it is built: `node scripts/screenshots.mjs [demo] [prompt]`.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findChromium } from "./lib/browser.mjs";
import { root } from "./lib/paths.mjs";
import { isMain, main, say } from "./lib/run.mjs";
import { takePrompts } from "./screenshots/prompt.mjs";
import { serve } from "./serve.mjs";

const images = join(root, "docs", "images");
const PATIENCE_MS = 20_000;

const DESKTOP = { viewport: { width: 1200, height: 760, deviceScaleFactor: 1 }, scheme: "light" };
const PHONE = { viewport: { width: 390, height: 844, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true }, scheme: "dark" };

/** Each with what its browser grants to frames of other sites: as Chromium's `cookie_controls_mode` numbers it. */
const STORIES = {
  demo: { cookies: 0, take },
  prompt: {
    cookies: 1,
    take: (browser, origins) => takePrompts(browser, origins, { open, shoot, devices: { desktop: DESKTOP, phone: PHONE } }),
  },
};

if (isMain(import.meta)) {
  await main("screenshots", async () => {
    await mkdir(images, { recursive: true });
    const chosen = process.argv.slice(2);
    const names = Object.keys(STORIES).filter((name) => chosen.length === 0 || chosen.includes(name));
    for (const name of names) await tell(STORIES[name]);
  });
}

async function tell({ cookies, take }) {
  const { origins, close } = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 } });
  const profile = await profileWith(cookies);
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath: findChromium(), userDataDir: profile, args: sandbox });
  try {
    await take(browser, origins);
  } finally {
    await browser.close();
    await close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Two sites side by side in the story: what is done on one is pictured on the other. */
async function take(browser, { siteA, siteB }) {
  const desktop = await open(browser, siteA, DESKTOP);
  const phone = await open(browser, siteB, PHONE);

  await add(desktop, "Ada Lovelace", "indigo");
  await add(desktop, "Grace Hopper", "teal");
  await shows(phone, "Grace Hopper");
  await add(phone, "Katherine Johnson", "amber");
  await add(phone, "Radia", "rose");
  await shows(desktop, "Radia");
  await press(phone, "Grace Hopper", "switch");
  await desktop.waitForSelector('[data-testid="session"][data-active="true"]', { timeout: PATIENCE_MS });
  await rename(desktop, "Radia", "Radia Perlman");
  await shows(phone, "Radia Perlman");

  await shoot(desktop, "desktop");
  await shoot(phone, "phone");
}

async function open(browser, origin, { viewport, scheme }) {
  const page = await browser.newPage();
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(`${origin}/`);
  await page.waitForSelector('[data-testid="status"][data-status="live"]', { timeout: PATIENCE_MS });
  return page;
}

async function add(page, name, color) {
  await page.bringToFront();
  await page.type('[data-testid="add-name"]', name);
  await page.click(`[data-testid="add-form"] [value="${color}"]`);
  await page.click('[data-testid="add"]');
  await shows(page, name);
}

async function press(page, name, button) {
  await page.bringToFront();
  const row = await rowOf(page, name);
  await (await row.$(`[data-testid="${button}"]`)).click();
}

async function rename(page, name, to) {
  await press(page, name, "rename");
  await page.keyboard.type(to);
  await page.keyboard.press("Enter");
}

/** Waits until the page shows a confirmed session of this name. */
function shows(page, name) {
  return rowOf(page, name, ' and @data-pending="false"');
}

function rowOf(page, name, condition = "") {
  const row = `//li[@data-testid="session"${condition}][.//*[@data-testid="name"]="${name}"]`;
  return page.waitForSelector(`xpath/${row}`, { timeout: PATIENCE_MS });
}

async function shoot(page, name, { keepFocus = false } = {}) {
  await page.bringToFront();
  await page.evaluate((keepFocus) => {
    if (!keepFocus) document.activeElement?.blur();
    scrollTo(0, 0);
  }, keepFocus);
  await page.mouse.move(0, 0);
  const path = join(images, `${name}.png`);
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
