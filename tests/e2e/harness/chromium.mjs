// Chromium with a profile of our own: its preferences decide what a third-party frame may store.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findChromium } from "../../../scripts/lib/browser.mjs";

/**
 * What the browser grants to a frame of another site:
 * - `allowed`: third-party cookies, and with them a handle to unpartitioned storage;
 * - `blocked`: its own partition only;
 * - `refused`: no storage at all.
 */
const PREFERENCES = {
  allowed: { profile: { cookie_controls_mode: 0 } },
  blocked: { profile: { cookie_controls_mode: 1 } },
  refused: { profile: { cookie_controls_mode: 0, default_content_setting_values: { cookies: 2 } } },
};

/** Only these flags: a driver's usual ones switch off parts of the browser that are under test here. */
function flags(profile) {
  return [
    "--headless=new",
    `--user-data-dir=${profile}`,
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "about:blank",
  ];
}

/**
 * Starts a browser with a fresh profile; `close` ends it and removes the profile. `textSize`: what the person chose for text,
 * in pixels.
 */
export async function launch(thirdPartyStorage, { textSize = 16 } = {}) {
  const preferences = { ...PREFERENCES[thirdPartyStorage], webkit: { webprefs: { default_font_size: textSize } } };
  if (!PREFERENCES[thirdPartyStorage]) throw new Error(`No such storage setting: ${thirdPartyStorage}`);
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chromium was found: install one, or name it in the variable CHROMIUM.");
  const profile = await mkdtemp(join(tmpdir(), "session-bridge-profile-"));
  await mkdir(join(profile, "Default"));
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const browser = await puppeteer.launch({
    executablePath,
    ignoreDefaultArgs: true,
    args: flags(profile),
    pipe: true,
    defaultViewport: { width: 900, height: 800 },
    protocolTimeout: 120_000,
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
