// A window that puppeteer drives: Chromium over its own protocol, Firefox over WebDriver BiDi.

/** How long a page may load: as long as `until` waits for anything. */
const LOADED = { waitUntil: "domcontentloaded", timeout: 60_000 };

/** @implements {import("./engine.mjs").Window} */
export class PuppetWindow {
  #page;
  #complaints = [];

  constructor(page) {
    this.#page = page;
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.#complaints.push(message.text());
    });
  }

  get page() {
    return this.#page;
  }

  evaluate(source) {
    return evaluateIn(this.#page, source);
  }

  /** The frame whose document is one of `origin`; the one that came first, unless it is `newest` that is asked for. */
  frame(origin, newest = false) {
    const frames = this.#page.frames().filter((one) => one !== this.#page.mainFrame() && one.url().startsWith(`${origin}/`));
    if (frames.length === 0) throw new Error(`There is no frame of ${origin}.`);
    return frames.at(newest ? -1 : 0);
  }

  async evaluateInFrame(origin, source) {
    return evaluateIn(this.frame(origin), source);
  }

  async goto(url) {
    await this.#page.goto(url, LOADED);
  }

  async reload() {
    await this.#page.reload(LOADED);
  }

  async back() {
    // A page out of the back/forward cache tells a driver of no load.
    await this.evaluate("void setTimeout(() => history.back())");
  }

  click(selector) {
    return this.#page.click(selector);
  }

  type(text) {
    return this.#page.keyboard.type(text);
  }

  press(key) {
    return this.#page.keyboard.press(key);
  }

  async screenshot(path) {
    await this.#page.screenshot({ path });
  }

  async hide() {
    // A tab that the driver opens is in whichever window was used last. One that a script opens is in the script's own window.
    const opened = await this.evaluate("Boolean(window.tabInFront = window.open('about:blank'))");
    if (!opened) throw new Error("The browser opened no tab in front of the page.");
  }

  async show() {
    await this.evaluate("window.tabInFront.close()");
  }

  async complaints() {
    return this.#complaints;
  }

  close() {
    return this.#page.close();
  }
}

/** As JSON: BiDi's own form gives an object that comes twice in an answer only once. */
async function evaluateIn(target, source) {
  const text = await target.evaluate(`(async () => JSON.stringify(await ${source}))()`);
  return text === undefined ? undefined : JSON.parse(text);
}
