import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { elementId } from "./webdriver.mjs";

/** Far longer than a change of documents takes. */
const CHANGE_MS = 500;

const KEYS = { Enter: "\uE007", Escape: "\uE00C", Tab: "\uE004", Backspace: "\uE003" };
/** What is not done by then is asked for again, so that a long task in one window does not keep others waiting. */
const PATIENCE_MS = 10;
const ASK_EVERY_MS = 25;

/** @implements {import("./engine.mjs").Window} */
export class WebDriverWindow {
  #session;
  #handle;

  constructor(session, handle) {
    this.#session = session;
    this.#handle = handle;
  }

  #inside(origin, task) {
    return this.#session.inside({ window: this.#handle, origin }, task);
  }

  evaluate(source) {
    return this.#evaluate(undefined, source);
  }

  evaluateInFrame(origin, source) {
    return this.#evaluate(origin, source);
  }

  async #evaluate(origin, source) {
    let told = await this.#inside(origin, (command) =>
      command("POST", "/execute/async", { script: BEGIN(source), args: [] }));
    while (told.waiting !== undefined) {
      await sleep(ASK_EVERY_MS);
      told = await this.#inside(origin, (command) =>
        command("POST", "/execute/sync", { script: ASK, args: [told.waiting] }));
    }
    if ("thrown" in told) throw new Error(told.thrown);
    return told.value;
  }

  async goto(url) {
    await this.#inside(undefined, (command) => command("POST", "/url", { url }));
  }

  async reload() {
    await this.#inside(undefined, (command) => command("POST", "/refresh"));
  }

  async back() {
    // The driver's own command waits for a load, which a page out of the back/forward cache never has.
    await this.evaluate("void setTimeout(() => history.back())");
    // A script that this driver starts amid a change of documents is lost, and answered only when its time is over.
    await sleep(CHANGE_MS);
  }

  async click(selector) {
    await this.#inside(undefined, async (command) => {
      const element = await command("POST", "/element", { using: "css selector", value: selector });
      await command("POST", `/element/${elementId(element)}/click`);
    });
  }

  async type(text) {
    await this.#inside(undefined, async (command) => {
      const element = await command("GET", "/element/active");
      await command("POST", `/element/${elementId(element)}/value`, { text });
    });
  }

  press(key) {
    return this.type(KEYS[key] ?? key);
  }

  async screenshot(path) {
    await writeFile(path, Buffer.from(await this.#inside(undefined, (command) => command("GET", "/screenshot")), "base64"));
  }

  /** WebDriver tells nothing of the console. */
  async complaints() {
    return [];
  }

  async close() {
    await this.#inside(undefined, (command) => command("DELETE", "/window"));
  }
}

/** Begins the task and answers with its result, or with a number to ask for it by. */
const BEGIN = (source) => `
  const answer = arguments[arguments.length - 1];
  const tasks = (window.tasksOfTheDriver ??= []);
  const number = tasks.push({ waiting: tasks.length }) - 1;
  const end = (told) => {
    tasks[number] = told;
    answer(told);
  };
  setTimeout(() => answer(tasks[number]), ${PATIENCE_MS});
  (async () => ${source})().then((value) => end({ value }), (error) => end({ thrown: [error?.code, error, error?.stack].filter(Boolean).join("\\n") }));`;

const ASK = `return window.tasksOfTheDriver?.[arguments[0]] ?? { thrown: "The document that ran this is gone." };`;
