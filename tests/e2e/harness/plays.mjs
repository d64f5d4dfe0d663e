import assert from "node:assert/strict";
import { test } from "node:test";
import { standing } from "../../../scripts/lib/engines.mjs";
import { chromium } from "./engines/chromium.mjs";
import { firefox } from "./engines/firefox.mjs";
import { webkit } from "./engines/webkit.mjs";

/** In the order in which they are told of. */
export const ENGINES = { chromium, firefox, webkit };

/**
 * One way to play the scenarios.
 *
 * @typedef {object} Play
 * @property {string} title begins the name of each test
 * @property {import("./stands.mjs").Stand} stand
 * @property {import("./engines/engine.mjs").Engine} engine
 * @property {string} setting the engine's setting in which sites share most
 */

/** @returns {Play} */
export function playOn(stand, engine) {
  return { title: `${stand.name}, ${engine.title}`, stand, engine, setting: Object.keys(engine.settings)[0] };
}

/**
 * Registers the tests of one engine, where that is asked for and there. Where it is not, one test stands for them all,
 * skipped with the reason, or failed where nothing may be left out.
 *
 * @param {keyof typeof ENGINES} name
 * @param {(engine: import("./engines/engine.mjs").Engine) => void} register
 */
export function onEngine(name, register) {
  const engine = ENGINES[name];
  const { run, reason, fail } = standing(name);
  if (run) register(engine);
  else if (fail) test(`everything in ${engine.title}`, () => assert.fail(reason));
  else test(`everything in ${engine.title}`, { skip: reason }, () => {});
}

/** A test's name with the play in it, behind the number of docs/hostile.md if it begins with one. */
export const titled = ({ title }, name) => name.replace(/^(hostile [\d, ]+: )?/, `$1${title}: `);

/** What a test of something that not every engine can do is registered with. */
export function needs({ engine }, power) {
  return { skip: engine.can[power] ? false : `${engine.title} ${WITHOUT[power]}` };
}

const WITHOUT = {
  meddle: "has no command for it",
  crashFrame: "has no command that kills one frame's process",
  returnTwice: "did not come back to a page a second time, which is not understood",
  freeze: "has no command that freezes a page",
  permit: "gives a frame no handle to unpartitioned storage",
};
