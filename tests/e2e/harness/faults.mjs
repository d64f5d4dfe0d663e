// What can happen to the owner's iframe. Each answers once the fault is certain to happen, not once it is over.

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
