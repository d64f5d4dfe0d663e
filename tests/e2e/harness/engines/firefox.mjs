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
    const one = await join(setting);
    // What is stored in a container is seen in no other.
    const container = await one.browser.createBrowserContext();
    return {
      async open(url) {
        const window = new PuppetWindow(await container.newPage({ type: "window" }));
        await window.goto(url);
        return window;
      },
      async close() {
        try {
          await container.close();
        } finally {
          one.leave();
        }
      },
    };
  },
};

/** Firefox takes seconds to start, so one that has nothing to do stays so long for who comes next. */
const LINGER_MS = 2_000;

/** By setting. Each file of tests has a process of its own, so these are of one file. */
const running = new Map();

/** The Firefox of this setting, for as long as whoever joined has not left it. */
async function join(setting) {
  const known = running.get(setting);
  const one = known?.browser?.connected === false ? undefined : known;
  const joined = one ?? { users: 0, starting: start(setting) };
  running.set(setting, joined);
  joined.users++;
  clearTimeout(joined.ending);
  try {
    joined.browser = await joined.starting;
  } catch (error) {
    running.delete(setting);
    throw error;
  }
  const leave = () => {
    if (--joined.users > 0) return;
    joined.ending = setTimeout(() => {
      if (running.get(setting) === joined) running.delete(setting);
      // One that has died already has nothing to close.
      joined.browser.close().catch(() => {});
    }, LINGER_MS);
  };
  return { browser: joined.browser, leave };
}

function start(setting) {
  const executablePath = findFirefox();
  if (!executablePath) throw new Error("No Firefox was found: install one, or name it in the variable FIREFOX.");
  return puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    defaultViewport: null,
    protocolTimeout: 120_000,
    extraPrefsFirefox: { "network.cookie.cookieBehavior": COOKIE_BEHAVIOUR[setting] },
  });
}
