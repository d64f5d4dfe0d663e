// Finding a Chromium and its driver that are on the machine already.
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
