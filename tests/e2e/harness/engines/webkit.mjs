// WebKit as WebKitGTK has it: its driver and its small browser, on a display of their own.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { findMiniBrowser, findWebKitDriver, findXvfb } from "../../../../scripts/lib/browser.mjs";
import { until } from "../until.mjs";
import { WebDriverSession } from "./webdriver.mjs";
import { WebDriverWindow } from "./webdriver-window.mjs";

/** @type {import("./engine.mjs").Engine} */
export const webkit = {
  name: "webkit",
  title: "WebKit",
  settings: { partitioned: { title: "tracking prevention on", level: "partitioned", shared: false } },
  can: { crashFrame: false, freeze: false, returnTwice: true, isolateFrame: false, shareAcrossPorts: false, loseFrameToError: false, followMany: false },
  async launch(setting) {
    if (!(setting in webkit.settings)) throw new Error(`No such storage setting: ${setting}`);
    const [driver, browser, xvfb] = [findWebKitDriver(), findMiniBrowser(), findXvfb()];
    if (!driver || !browser || !xvfb) throw new Error("WebKitWebDriver, its MiniBrowser and Xvfb are needed, or the variable WEBKIT_DRIVER.");
    const display = await startDisplay(xvfb);
    const server = await startDriver(driver, display.name);
    // Intelligent Tracking Prevention is what Safari partitions by.
    const options = { binary: browser, args: ["--automation", "--enable-itp=true"] };
    const end = async () => {
      await server.stop();
      await display.stop();
    };
    let session;
    try {
      session = await WebDriverSession.begin(server.url, {
        browserName: "MiniBrowser",
        // A page is not asked anything before it has loaded: what the driver is told until then is lost now and then.
        pageLoadStrategy: "normal",
        "webkitgtk:browserOptions": options,
      });
    } catch (error) {
      await end();
      throw error;
    }
    return {
      async open(url) {
        // Windows of one session share what they store; a session of its own would start with nothing.
        const handle = await session.openWindow();
        const window = new WebDriverWindow(session, handle);
        await window.goto(url);
        return window;
      },
      async close() {
        await session.end().catch(() => {});
        await end();
      },
    };
  },
};

/** An X server that chooses its number itself and tells it. */
async function startDisplay(xvfb) {
  const child = spawn(xvfb, ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await new Promise((resolve, reject) => {
    let told = "";
    child.stdio[3].setEncoding("utf8").on("data", (text) => {
      told += text;
      if (told.includes("\n")) resolve(told.trim());
    });
    child.once("error", reject).once("exit", (code) => reject(new Error(`Xvfb ended with ${code}.`)));
  });
  return { name: `:${number}`, stop: () => stop(child) };
}

async function startDriver(driver, display) {
  const port = await freePort();
  const child = spawn(driver, [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display, GDK_BACKEND: "x11" } });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/status`).then(({ ok }) => ok), "WebKitWebDriver");
  return { url, stop: () => stop(child) };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill();
  });
}
