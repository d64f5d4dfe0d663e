import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { elementId } from "./webdriver.mjs";

/** Far longer than a change of documents takes. */
const CHANGE_MS = 500;

const KEYS = { Enter: "\uE007", Escape: "\uE00C", Tab: "\uE004", Backspace: "\uE003" };
/** What is not done by then is asked for again, so that a long task in one window does not keep others waiting. */
const PATIENCE_MS = 10;
const ASK_EVERY_MS = 25;
/** How long a document may keep all answers from the driver. */
const SILENCE_MS = 60_000;

/** @implements {import("./engine.mjs").Window} */
export class WebDriverWindow {
  #session;
  #handle;
  /** Where the window was before it was hidden. */
  #place;

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

  /**
   * Begins the task and asks for its result until there is one. A question whose answer the driver loses is asked again:
   * that begins nothing anew in a document that knows the task.
   */
  async #evaluate(origin, source) {
    const task = randomUUID();
    let begun = false;
    for (let deadline = Date.now() + SILENCE_MS; ; ) {
      try {
        const told = await this.#inside(origin, (command) =>
          command("POST", "/execute/async", { script: TELL(source), args: [task, begun] }));
        if (told?.thrown !== undefined) throw new Error(told.thrown);
        if (told) return told.value;
        begun = true;
        deadline = Date.now() + SILENCE_MS;
        await sleep(ASK_EVERY_MS);
      } catch (error) {
        if (error.name !== "TimeoutError" || Date.now() > deadline) throw error;
      }
    }
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

  async hide() {
    // A new tab would stay behind: this driver's browser shows the tab that it showed before.
    this.#place = await this.#inside(undefined, (command) => command("POST", "/window/minimize"));
  }

  async show() {
    await this.#inside(undefined, (command) => command("POST", "/window/rect", this.#place));
  }

  /** WebDriver tells nothing of the console. */
  async complaints() {
    return [];
  }

  async close() {
    await this.#inside(undefined, (command) => command("DELETE", "/window"));
  }
}

/** Answers with the task's end, or with nothing while there is none. */
const TELL = (source) => `
  const [task, begun, answer] = arguments;
  const tasks = (window.tasksOfTheDriver ??= {});
  if (begun && !(task in tasks)) return answer({ thrown: "The document that ran this is gone." });
  tasks[task] ??= (async () => ${source})().then((value) => ({ value }), (error) => ({ thrown: [error?.code, error, error?.stack].filter(Boolean).join("\\n") }));
  let timer;
  const pause = new Promise((resolve) => (timer = setTimeout(resolve, ${PATIENCE_MS}, null)));
  Promise.race([tasks[task], pause]).then((told) => {
    clearTimeout(timer);
    answer(told);
  });`;
