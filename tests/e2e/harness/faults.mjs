// What can happen to the owner's iframe. Each answers once the fault is certain to happen, not once it is over,
// unless it is told how long it lasts.
import { setTimeout as sleep } from "node:timers/promises";

/** The frame's own document starts itself anew, as an update of the owner's page would. */
export async function reloadFrame(tab) {
  // The evaluation ends with the document, so how it ends says nothing.
  tab.inService(() => location.reload()).catch(() => {});
}

/** Somebody's script takes the element out of the page. */
export async function removeFrame(tab) {
  await tab.call((origin) => {
    const frame = [...document.querySelectorAll("iframe")].find((one) => one.src.startsWith(origin));
    if (!frame) throw new Error("There is no iframe of the service to remove.");
    frame.remove();
  }, tab.world.origins.service);
}

/** The frame's process dies. The browser tells the page nothing of it. */
export async function crashFrame(tab) {
  tab.window.crashFrame(tab.world.origins.service);
}

/** Keeps the element of the owner's frame in `window.ownersFrame`, wherever it is led then. */
const keepFrame = (tab) =>
  tab.call((origin) => {
    window.ownersFrame = [...document.querySelectorAll("iframe")].find((one) => one.src.startsWith(origin));
    window.ownersUrl = window.ownersFrame.src;
  }, tab.world.origins.service);

/** The frame is led to `url`, and after a while back, if it is there still. */
export async function leadFrame(tab, url, ms) {
  await keepFrame(tab);
  await tab.call((url) => void (window.ownersFrame.src = url), url);
  await sleep(ms);
  await tab.call(() => void (window.ownersFrame.src = window.ownersUrl));
}

/** The element is taken out and put back in at once, which loads its document anew. */
export async function reinsertFrame(tab) {
  await keepFrame(tab);
  await tab.call(() => {
    const { parentNode } = window.ownersFrame;
    window.ownersFrame.remove();
    parentNode.append(window.ownersFrame);
  });
}

/** A script of the owner's page overwrites its document, and with it whatever listens there. */
export async function overwriteFrame(tab) {
  await tab.inService(() => {
    document.open();
    document.write("<p>Something else</p>");
    document.close();
  });
}

/** A task of the frame takes long. */
export async function keepFrameBusy(tab, ms) {
  await tab.inService((ms) => {
    setTimeout(() => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    });
  }, ms);
  await sleep(ms);
}
