// Finding the browsers and their drivers that are on the machine already.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isExecutable, which } from "./run.mjs";

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_PATHS = [
  "/usr/lib/chromium/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Path of Chromium or Chrome, or null. The environment variable CHROMIUM overrides the search. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM) return isExecutable(env.CHROMIUM) ? env.CHROMIUM : null;
  for (const name of CHROMIUM_NAMES) {
    const path = which(name);
    if (path) return path;
  }
  return CHROMIUM_PATHS.find(isExecutable) ?? null;
}

/** Path of chromedriver, or null. The environment variable CHROMEDRIVER overrides the search. */
export function findChromedriver(env = process.env) {
  if (env.CHROMEDRIVER) return isExecutable(env.CHROMEDRIVER) ? env.CHROMEDRIVER : null;
  return which("chromedriver");
}

const FIREFOX_NAMES = ["firefox-esr", "firefox"];
const FIREFOX_PATHS = ["/Applications/Firefox.app/Contents/MacOS/firefox"];

/** Path of Firefox, or null. The environment variable FIREFOX overrides the search. */
export function findFirefox(env = process.env) {
  if (env.FIREFOX) return isExecutable(env.FIREFOX) ? env.FIREFOX : null;
  return FIREFOX_NAMES.map(which).find(Boolean) ?? FIREFOX_PATHS.find(isExecutable) ?? null;
}

/** Path of WebKitGTK's driver, or null. The environment variable WEBKIT_DRIVER overrides the search. */
export function findWebKitDriver(env = process.env) {
  if (env.WEBKIT_DRIVER) return isExecutable(env.WEBKIT_DRIVER) ? env.WEBKIT_DRIVER : null;
  return which("WebKitWebDriver");
}

/** Path of the browser that comes with WebKitGTK, or null. The environment variable WEBKIT overrides the search. */
export function findMiniBrowser(env = process.env) {
  if (env.WEBKIT) return isExecutable(env.WEBKIT) ? env.WEBKIT : null;
  // It is on no PATH: it lies with the library, whose folder depends on the machine and the version.
  const folders = ["/usr/libexec", "/usr/lib", "/usr/lib64", ...inside("/usr/lib")];
  const versions = folders.flatMap(inside).filter((folder) => /\/webkit(2gtk|gtk)-[\d.]+$/.test(folder));
  return versions.sort().reverse().map((folder) => join(folder, "MiniBrowser")).find(isExecutable) ?? null;
}

/** Path of the X server without a screen, on which WebKitGTK shows its pages, or null. */
export const findXvfb = () => which("Xvfb");

function inside(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
