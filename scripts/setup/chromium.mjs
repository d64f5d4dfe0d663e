// A Chromium, and for the browser tests its driver.
import { existsSync } from "node:fs";
import { findChromedriver, findChromium } from "../lib/browser.mjs";
import { Stop, must, patiently, toolEnv } from "../lib/run.mjs";

const PACKAGES = ["chromium", "chromium-driver"];

/**
 * Sees to it that Chromium (and with `driver` chromedriver) is there. What is on the machine already is used;
 * system packages are installed only by root, anyone else is told the one command.
 *
 * @param {{ driver?: boolean, world?: typeof thisMachine }} options `world` is what a test puts in place of the machine
 */
export async function setupChromium({ driver = false, world = thisMachine } = {}) {
  const missing = () => [!world.findChromium() && "Chromium", driver && !world.findChromedriver() && "chromedriver"].filter(Boolean);
  if (missing().length === 0) return;
  if (!world.hasApt()) {
    throw new Stop(
      `${missing().join(" and ")} not found. Install Chrome or Chromium${driver ? " and the chromedriver of the same version" : ""}, ` +
        "or name what you have: CHROMIUM=/path/to/chromium CHROMEDRIVER=/path/to/chromedriver",
    );
  }
  const packages = driver ? PACKAGES : PACKAGES.slice(0, 1);
  if (!world.isRoot()) {
    throw new Stop(
      `${missing().join(" and ")} not found. Run this, then try again:\n` +
        `  sudo apt-get update && sudo apt-get install --yes ${packages.join(" ")}`,
    );
  }
  const what = `installing ${packages.join(" and ")} with apt-get (about a minute)`;
  await patiently("set-up", what, () => world.aptInstall(packages));
  if (missing().length > 0) throw new Stop(`${missing().join(" and ")} still not found after apt-get install.`);
}

const thisMachine = {
  findChromium,
  findChromedriver,
  hasApt: () => existsSync("/usr/bin/apt-get"),
  isRoot: () => process.getuid?.() === 0,
  async aptInstall(packages) {
    const env = toolEnv({ DEBIAN_FRONTEND: "noninteractive" });
    await must("apt-get", ["update"], { env });
    await must("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
  },
};
