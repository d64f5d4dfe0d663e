// Chromium over its own protocol.
import { launch } from "../chromium.mjs";
import { PuppetWindow } from "./puppet.mjs";

/** What only Chromium's own protocol can do to a window. */
class ChromiumWindow extends PuppetWindow {
  crashFrame(origin) {
    if (!this.frameIsIsolated(origin)) throw new Error("The frame shares the page's process.");
    // A dead process answers no command.
    this.frame(origin).client.send("Page.crash").catch(() => {});
  }

  frameIsIsolated(origin) {
    return this.frame(origin).client !== this.page.mainFrame().client;
  }

  async clearFrameStorage(origin) {
    const frame = this.frame(origin);
    const { storageKey } = await frame.client.send("Storage.getStorageKeyForFrame", { frameId: frame._id });
    await frame.client.send("Storage.clearDataForStorageKey", { storageKey, storageTypes: "all" });
  }

  async freeze(frozen) {
    const session = await this.page.createCDPSession();
    await session.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    await session.detach();
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
  can: { crashFrame: true, permit: true, freeze: true, returnTwice: true, isolateFrame: true, shareAcrossPorts: true, loseFrameToError: true },
  async launch(setting) {
    const { browser, close } = await launch(setting);
    let settings;
    return {
      async permit(owner, top, choice) {
        if (!settings) {
          settings = await browser.newPage({ type: "window" });
          await settings.goto("chrome://settings/content");
        }
        const set = (...pattern) => chrome.send("setCategoryPermissionForPattern", pattern);
        await settings.evaluate(set, owner, top, "storage-access", choice, false);
      },
      async open(url) {
        const window = new ChromiumWindow(await browser.newPage({ type: "window" }));
        await window.goto(url);
        return window;
      },
      close,
    };
  },
};
