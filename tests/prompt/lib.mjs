// A prompt in the owner's frame in a page of another site, and a person who looks, clicks and types.
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "../../scripts/lib/built.mjs";
import { until } from "../e2e/harness/until.mjs";
import { openStage } from "../wire/lib/stage.mjs";

/** Longer than the prompt takes to trust a click. */
export const SETTLE_MS = 900;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `person` as `launch` takes it. */
export const openPromptStage = (person) => openStage({ "/prompt": fileURLToPath(new URL("pages", import.meta.url)) }, person);

/** A page of site A with the owner's frame; `before` runs first in each of its documents. */
export async function embed(stage, { before, viewport = { width: 800, height: 600 } } = {}) {
  const { page, complaints } = await stage.open("/prompt/embed.html", before);
  await page.setViewport(viewport);
  await page.bringToFront();
  await page.evaluate((src) => {
    const iframe = document.createElement("iframe");
    iframe.src = src;
    document.body.append(iframe);
  }, `${stage.origins.service}/prompt/frame.html?built=${basename(built("prompt.js"))}`);
  const frame = await until(() => page.frames().find((frame) => frame.url().includes("/frame.html")), "the frame");
  await until(() => frame.evaluate(() => Boolean(window.open_)), "the frame's script", { describe: () => complaints });
  return new Person(page, frame, complaints);
}

/** What a person can do and see. */
class Person {
  constructor(page, frame, complaints) {
    Object.assign(this, { page, frame, complaints });
  }

  /** Opens the prompt and gives it the focus, as a page does that shows it. */
  async prompt({ answers = [], settle = true, ...options } = {}) {
    await this.frame.evaluate((answers, options) => {
      window.calls.length = 0;
      window.answers = answers;
      window.open_(options);
    }, answers, options);
    await this.page.evaluate(() => document.querySelector("iframe").focus());
    if (settle) await pause(SETTLE_MS);
  }

  calls() {
    return this.frame.evaluate(() => window.calls.map(([name, ...told]) => [name, ...told].join(" ")));
  }

  /** What the prompt shows; nothing if there is none. */
  seen() {
    return this.frame.evaluate(() => {
      const root = window.prompt_();
      if (!root) return null;
      const text = (selector) => root.querySelector(selector).textContent;
      return {
        state: root.querySelector("dialog").dataset.state,
        title: text("h1"),
        text: text("#text"),
        status: text(".status"),
        sites: text(".sites"),
        buttons: [...root.querySelectorAll("button")].map((button) => button.textContent),
        disabled: [...root.querySelectorAll("button")].map((button) => button.getAttribute("aria-disabled")),
        focused: root.activeElement?.textContent ?? null,
      };
    });
  }

  async untilState(state) {
    return until(async () => {
      const seen = await this.seen();
      return seen?.state === state && seen;
    }, `the state ${state}`, { describe: () => this.seen() });
  }

  /** Until this was called; answers all that was. */
  untilCalled(name) {
    return until(async () => {
      const calls = await this.calls();
      return calls.includes(name) && calls;
    }, name, { describe: () => this.seen() });
  }

  /** Where the first element of this selector is, in pixels of the page. */
  async boxOf(selector, label) {
    const frame = await this.page.evaluate(() => {
      const iframe = document.querySelector("iframe");
      const { left, top, width } = iframe.getBoundingClientRect();
      return { left, top, scale: width / iframe.offsetWidth };
    });
    const box = await this.frame.evaluate((selector, label) => {
      const found = [...window.prompt_().querySelectorAll(selector)].find(({ textContent }) => label === undefined || textContent === label);
      return JSON.parse(JSON.stringify(found.getBoundingClientRect()));
    }, selector, label);
    const { left, top, width, height } = box;
    const { scale } = frame;
    return { left: frame.left + left * scale, top: frame.top + top * scale, width: width * scale, height: height * scale };
  }

  /** Clicks with the mouse where the button is on the screen. */
  async click(label) {
    const { left, top, width, height } = await this.boxOf("button", label);
    await this.page.mouse.click(left + width / 2, top + height / 2);
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }
}
