// The browser engines that the cross-site tests run in: which are asked for, and which are there.
import { findChromium, findFirefox, findMiniBrowser, findWebKitDriver, findXvfb } from "./browser.mjs";
import { Stop } from "./run.mjs";

/** @typedef {"chromium" | "firefox" | "webkit"} EngineName */

/** What each engine's tests need on the machine, under the names by which people know it. */
const PARTS = {
  chromium: { Chromium: findChromium },
  firefox: { Firefox: findFirefox },
  webkit: { WebKitWebDriver: findWebKitDriver, "WebKitGTK's MiniBrowser": findMiniBrowser, Xvfb: findXvfb },
};

/** The engines to run in: all, or those that E2E_ENGINES lists. @returns {EngineName[]} */
export function chosenEngines(env = process.env) {
  const all = Object.keys(PARTS);
  const asked = (env.E2E_ENGINES ?? "").split(/[\s,]+/).filter(Boolean);
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Stop(`E2E_ENGINES names "${unknown}". There are: ${all.join(", ")}`);
  return asked.length === 0 ? all : all.filter((name) => asked.includes(name));
}

/**
 * Whether an engine's tests run, and if not, why and whether that is a failure: where CI is set, nothing that was asked
 * for may be left out.
 *
 * @param {EngineName} name
 * @returns {{ run: boolean, fail: boolean, reason: string }}
 */
export function standing(name, env = process.env, parts = PARTS[name]) {
  if (!chosenEngines(env).includes(name)) return { run: false, fail: false, reason: `E2E_ENGINES does not name ${name}` };
  const missing = Object.keys(parts).filter((part) => !parts[part](env));
  if (missing.length === 0) return { run: true, fail: false, reason: "" };
  return { run: false, fail: Boolean(env.CI), reason: `${missing.join(" and ")} not found on this machine` };
}
