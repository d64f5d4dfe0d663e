// A Chromium of one's own, in which sites may share what the owner's frame keeps.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium } from "../lib/browser.mjs";
import { say } from "../lib/run.mjs";

// 0: third-party cookies are allowed, and with them the Storage Access handle through which the sites share.
const PREFERENCES = { profile: { cookie_controls_mode: 0 } };
const FLAGS = ["--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-component-update", "--new-window"];

/**
 * Launches Chromium on these pages with a temporary profile.
 *
 * @param {string[]} urls
 * @returns {Promise<{ closed: Promise<void>, close: () => Promise<void> } | null>} null where there is no display
 */
export async function openChromium(urls) {
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    say("start", "there is no display here to open a window on; open the addresses above from where there is one");
    return null;
  }
  const profile = await mkdtemp(join(tmpdir(), "session-bridge-profile-"));
  await mkdir(join(profile, "Default"));
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(PREFERENCES));
  // Chromium's sandbox does not run as root.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const child = spawn(findChromium(), [`--user-data-dir=${profile}`, ...FLAGS, ...sandbox, ...urls], { stdio: "ignore" });
  const exited = new Promise((resolve, reject) => child.once("exit", resolve).once("error", reject));
  const closed = exited.then(() => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return {
    closed,
    close() {
      child.kill();
      return closed;
    },
  };
}
