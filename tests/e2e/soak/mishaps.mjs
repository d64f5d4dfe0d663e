// What befalls a tab in a soak. Each resolves once the tab can go on.
import { setTimeout as sleep } from "node:timers/promises";
import { crashFrame, reloadFrame, removeFrame } from "../harness/faults.mjs";

const WHILE_MS = 3_000;

/** @type {Record<string, (tab: import("../harness/tab.mjs").Tab, soak: { renew: (tab: object, how: Function) => Promise<void> }) => Promise<unknown>>} */
export const mishaps = {
  "frame reloaded": (tab) => reloadFrame(tab),
  "frame removed": (tab) => removeFrame(tab),
  "frame led elsewhere": (tab) => tab.call((origin) => {
    const frame = [...document.querySelectorAll("iframe")].find((one) => one.src.startsWith(origin));
    if (frame) frame.src = "/origins.json";
  }, tab.world.origins.service),
  // The frames of other tabs may live in the same process.
  "frame crashed": (tab) => crashFrame(tab),
  "page reloaded": (tab, { renew }) => renew(tab, () => tab.window.reload()),
  "tab frozen": async (tab) => {
    await tab.window.freeze(true);
    await sleep(WHILE_MS);
    await tab.window.freeze(false);
  },
  "server down, frame reloaded": async (tab) => {
    await tab.world.stopService();
    await reloadFrame(tab);
    await sleep(WHILE_MS);
    await tab.world.startService();
  },
  "processor slow": async (tab) => {
    const session = await tab.window.page.createCDPSession();
    await session.send("Emulation.setCPUThrottlingRate", { rate: 20 });
    await sleep(WHILE_MS);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await session.detach();
  },
  "network gone": async (tab) => {
    const session = await tab.window.page.createCDPSession();
    const offline = (offline) => session.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await offline(true);
    await sleep(WHILE_MS);
    await offline(false);
    await session.detach();
  },
};
