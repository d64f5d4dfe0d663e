// A client for the little of W3C WebDriver that the tests need.

/** Opening a browser and loading a page take long on a busy machine. */
const PATIENCE_MS = 60_000;
/** A script is answered at once, or never: WebKit's driver loses some of those that it starts while documents change. */
const SCRIPT_PATIENCE_MS = 2_000;

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** One session of a WebDriver server. Commands go one at a time: each applies to the window that the one before chose. */
export class WebDriverSession {
  #base;
  #last = Promise.resolve();
  /** What the commands apply to at present, so that it is not chosen anew each time. */
  #window;
  /** What a command failed with that had all the time there is. A browser that is silent so long stays so: nothing else waits for it. */
  #silence;
  #patienceMs;

  /** @param {string} base the session's address @param {number} patienceMs how long a command may take that is no script */
  constructor(base, patienceMs = PATIENCE_MS) {
    this.#base = base;
    this.#patienceMs = patienceMs;
  }

  static async begin(server, capabilities) {
    const { sessionId } = await send("POST", `${server}/session`, { capabilities: { alwaysMatch: capabilities } });
    return new WebDriverSession(`${server}/session/${sessionId}`);
  }

  /** Runs `task` with the function that sends commands, when those before it are through. */
  alone(task) {
    const run = this.#last.then(() => task((method, path, body) => this.#send(method, path, body)));
    this.#last = run.catch(() => {});
    return run;
  }

  async #send(method, path, body) {
    if (this.#silence) throw this.#silence;
    const isScript = path.includes("/execute/");
    try {
      return await send(method, this.#base + path, body, isScript ? SCRIPT_PATIENCE_MS : this.#patienceMs);
    } catch (error) {
      // It is none that is worth another try.
      if (error.name === "TimeoutError" && !isScript) this.#silence = new Error(error.message);
      throw error;
    }
  }

  /** The same with `window` chosen, or the frame of it that leads to `origin`. */
  inside({ window, origin }, task) {
    return this.alone(async (command) => {
      if (this.#window !== window) {
        await command("POST", "/window", { handle: window });
        this.#window = window;
      }
      if (origin === undefined) return task(command);
      this.#window = undefined;
      const frame = await command("POST", "/execute/sync", { script: FRAME_OF, args: [origin] });
      if (!frame?.[ELEMENT]) throw new Error(`There is no frame of ${origin}.`);
      await command("POST", "/frame", { id: frame });
      return task(command);
    });
  }

  /** Resolves with the handle of a new window. */
  openWindow() {
    return this.alone(async (command) => {
      // It is opened from another one, and the one used last may be closed.
      const [any] = await command("GET", "/window/handles");
      await command("POST", "/window", { handle: any });
      this.#window = any;
      return (await command("POST", "/window/new", { type: "window" })).handle;
    });
  }

  end() {
    return this.alone((command) => command("DELETE", ""));
  }
}

export const elementId = (reference) => reference[ELEMENT];

const FRAME_OF = "return [...document.querySelectorAll('iframe')].find((one) => one.src.startsWith(arguments[0] + '/')) ?? null;";

async function send(method, url, body, ms = PATIENCE_MS) {
  let response, value;
  try {
    response = await fetch(url, {
      method,
      headers: { "content-type": "application/json" },
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      signal: AbortSignal.timeout(ms),
    });
    ({ value } = await response.json());
  } catch (error) {
    if (error.name !== "TimeoutError") throw error;
    // A DOMException loses its words on the way to whoever writes down what a test failed with.
    throw Object.assign(new Error(`WebDriver: ${method} ${new URL(url).pathname} was aborted due to timeout, after ${ms} ms`), { name: "TimeoutError" });
  }
  if (response.ok) return value;
  throw new Error(`WebDriver: ${value?.error}: ${value?.message}`);
}
