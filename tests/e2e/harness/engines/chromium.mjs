// Chromium over its own protocol.
import { launch } from "../chromium.mjs";
import { PuppetWindow } from "./puppet.mjs";

/** What only Chromium's own protocol can do to a window. */
class ChromiumWindow extends PuppetWindow {
  #focus;

  crashFrame(origin) {
    if (!this.frameIsIsolated(origin)) throw new Error("The frame shares the page's process.");
    // A dead process answers no command, and its frame may still be there.
    this.frame(origin, true).client.send("Page.crash").catch(() => {});
  }

  frameIsIsolated(origin) {
    return this.frame(origin).client !== this.page.mainFrame().client;
  }

  async clearFrameStorage(origin) {
    const frame = this.frame(origin);
    const { storageKey } = await frame.client.send("Storage.getStorageKeyForFrame", { frameId: frame._id });
    await frame.client.send("Storage.clearDataForStorageKey", { storageKey, storageTypes: "all" });
  }

  /** Runs `task` with the protocol of the page and with that of each frame that has a process of its own. */
  async #everywhere(task) {
    const clients = new Set(this.page.frames().map(({ client }) => client));
    // One that dies meanwhile answers nothing.
    await Promise.allSettled(Array.from(clients, task));
  }

  async slow(rate) {
    await this.#everywhere((client) => client.send("Emulation.setCPUThrottlingRate", { rate }));
  }

  async offline(offline) {
    const conditions = { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.#everywhere(async (client) => {
      await client.send("Network.enable");
      await client.send("Network.emulateNetworkConditions", conditions);
    });
  }

  async holdFrame(origin, ms) {
    const { client } = this.frame(origin);
    await client.send("Debugger.enable");
    await client.send("Debugger.pause");
    await new Promise((resolve) => setTimeout(resolve, ms));
    await client.send("Debugger.resume").catch(() => {});
    await client.send("Debugger.disable");
  }

  async answerDocuments(origin, status) {
    const { client } = this.page.mainFrame();
    if (!status) return client.send("Fetch.disable");
    client.on("Fetch.requestPaused", ({ requestId }) => client.send("Fetch.fulfillRequest", { requestId, responseCode: status }).catch(() => {}));
    return client.send("Fetch.enable", { patterns: [{ urlPattern: `${origin}/*`, resourceType: "Document" }] });
  }

  async freeze(frozen) {
    // Freezing hides a page for good. What it says of its focus shows it again, for as long as the session lasts.
    this.#focus ??= await this.page.createCDPSession();
    const focused = (enabled) => this.#focus.send("Emulation.setFocusEmulationEnabled", { enabled });
    if (frozen) await focused(false);
    await this.#focus.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    if (!frozen) await focused(true);
  }
}

/** @type {import("./engine.mjs").Engine} */
export const chromium = {
  name: "chromium",
  title: "Chromium",
  settings: {
    allowed: { title: "third-party cookies allowed", level: "handle", shared: true },
    blocked: { title: "third-party cookies blocked", level: "partitioned", shared: false },
    refused: { title: "all site data blocked", level: "memory", shared: false, own: "memory" },
  },
  can: { crashFrame: true, permit: true, meddle: true, freeze: true, returnTwice: true, isolateFrame: true, shareAcrossPorts: true, loseFrameToError: true, followMany: true },
  async launch(setting) {
    const { browser, close } = await launch(setting);
    let settings;
    /** As a person does it on the browser's page of settings. */
    const choose = async (owner, top, category, choice) => {
      if (!settings) {
        settings = await browser.newPage({ type: "window" });
        await settings.goto("chrome://settings/content");
      }
      const set = (...pattern) => chrome.send("setCategoryPermissionForPattern", pattern);
      await settings.evaluate(set, owner, top, category, choice, false);
    };
    return {
      permit: (owner, top, choice) => choose(owner, top, "storage-access", choice),
      siteData: (owner, choice) => choose(owner, "", "cookies", choice),
      async open(url) {
        const window = new ChromiumWindow(await browser.newPage({ type: "window" }));
        await window.goto(url);
        return window;
      },
      close,
    };
  },
};
