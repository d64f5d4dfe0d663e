// Firefox over WebDriver BiDi, which needs no driver program.
import puppeteer from "puppeteer-core";
import { findFirefox } from "../../../../scripts/lib/browser.mjs";
import { PuppetWindow } from "./puppet.mjs";

/** `network.cookie.cookieBehavior`: 5 gives each site a partition of its own (the default), 1 refuses storage to others. */
const COOKIE_BEHAVIOUR = { partitioned: 5, refused: 1 };

/** @type {import("./engine.mjs").Engine} */
export const firefox = {
  name: "firefox",
  title: "Firefox",
  settings: {
    partitioned: { title: "`network.cookie.cookieBehavior` 5, the default", level: "partitioned", shared: false },
    refused: { title: "`network.cookie.cookieBehavior` 1", level: "memory", shared: false },
  },
  can: { crashFrame: false, freeze: false, returnTwice: false, isolateFrame: false, shareAcrossPorts: true, loseFrameToError: true, followMany: true },
  async launch(setting) {
    if (!(setting in COOKIE_BEHAVIOUR)) throw new Error(`No such storage setting: ${setting}`);
    const executablePath = findFirefox();
    if (!executablePath) throw new Error("No Firefox was found: install one, or name it in the variable FIREFOX.");
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      headless: true,
      defaultViewport: null,
      protocolTimeout: 120_000,
      extraPrefsFirefox: { "network.cookie.cookieBehavior": COOKIE_BEHAVIOUR[setting] },
    });
    return {
      async open(url) {
        const window = new PuppetWindow(await browser.newPage({ type: "window" }));
        await window.goto(url);
        return window;
      },
      close: () => browser.close(),
    };
  },
};
