// The browsers and drivers that the demo and the tests use.
import { existsSync } from "node:fs";
import { findChromedriver, findChromium, findFirefox, findMiniBrowser, findWebKitDriver, findXvfb } from "../lib/browser.mjs";
import { chosenEngines } from "../lib/engines.mjs";
import { Stop, must, patiently, say, toolEnv } from "../lib/run.mjs";

/** What each part is called on Debian, and in the variable that names another one. */
const PARTS = {
  Chromium: { find: findChromium, package: "chromium", variable: "CHROMIUM" },
  chromedriver: { find: findChromedriver, package: "chromium-driver", variable: "CHROMEDRIVER" },
  Firefox: { find: findFirefox, package: "firefox-esr", variable: "FIREFOX" },
  WebKitWebDriver: { find: findWebKitDriver, package: "webkit2gtk-driver", variable: "WEBKIT_DRIVER" },
  "WebKitGTK's MiniBrowser": { find: findMiniBrowser, package: "webkit2gtk-driver", variable: "WEBKIT" },
  Xvfb: { find: findXvfb, package: "xvfb" },
};

/** What an engine's cross-site tests need besides Chromium, which everything needs. */
const OF_ENGINE = { firefox: ["Firefox"], webkit: ["WebKitWebDriver", "WebKitGTK's MiniBrowser", "Xvfb"] };

/** Sees to it that Chromium (and with `driver` chromedriver) is there. */
export async function setupChromium({ driver = false, world = thisMachine } = {}) {
  await setupParts(driver ? ["Chromium", "chromedriver"] : ["Chromium"], world);
}

/**
 * Sees to it that the other engines that E2E_ENGINES asks for are there. One that is not to be had is told of and no
 * hindrance: its tests say that they are skipped. Where CI is set it is one.
 */
export async function setupEngines({ env = process.env, world = thisMachine } = {}) {
  for (const engine of chosenEngines(env)) {
    try {
      await setupParts(OF_ENGINE[engine] ?? [], world);
    } catch (error) {
      if (env.CI || !(error instanceof Stop)) throw error;
      say("set-up", `${error.message}\n  Until then the tests in ${engine} are skipped.`);
    }
  }
}

/**
 * What is on the machine already is used; system packages are installed only by root, anyone else is told the one
 * command.
 *
 * @param {(keyof typeof PARTS)[]} names
 * @param {typeof thisMachine} world what a test puts in place of the machine
 */
async function setupParts(names, world) {
  const missing = () => names.filter((name) => !world.find(name));
  const told = () => `${missing().join(" and ")} not found`;
  if (missing().length === 0) return;
  if (!world.hasApt()) {
    const variables = missing().map((name) => PARTS[name].variable).filter(Boolean);
    const naming = variables.length === 0 ? "" : `, or name what you have: ${variables.map((name) => `${name}=/path/to/it`).join(" ")}`;
    throw new Stop(`${told()}. Install ${missing().join(" and ")}${naming}. A driver must be of its browser's version.`);
  }
  const packages = [...new Set(names.map((name) => PARTS[name].package))];
  if (!world.isRoot()) {
    throw new Stop(`${told()}. Run this, then try again:\n  sudo apt-get update && sudo apt-get install --yes ${packages.join(" ")}`);
  }
  const what = `installing ${packages.join(" and ")} with apt-get (about a minute)`;
  await patiently("set-up", what, () => world.aptInstall(packages));
  if (missing().length > 0) throw new Stop(`${told()} even after apt-get install.`);
}

const thisMachine = {
  find: (name) => PARTS[name].find(),
  hasApt: () => existsSync("/usr/bin/apt-get"),
  isRoot: () => process.getuid?.() === 0,
  async aptInstall(packages) {
    const env = toolEnv({ DEBIAN_FRONTEND: "noninteractive" });
    await must("apt-get", ["update"], { env });
    await must("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
  },
};
