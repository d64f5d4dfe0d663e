// The two ends of a frame, for candidates that bring none.

/** How long a library waits for its frame, where it would give up: on a machine that has much else to do, nothing is wrong. */
export const PATIENCE_MS = 60_000;

/** In a page: puts a frame into it. */
export const mount = (url) => {
  const iframe = document.createElement("iframe");
  iframe.style.display = "none";
  iframe.src = url;
  document.body.append(iframe);
  return iframe;
};

/** In a page: resolves with the frame when its scripts have run, for libraries that speak first. */
export const loaded = (iframe) => new Promise((resolve) => iframe.addEventListener("load", () => resolve(iframe), { once: true }));

/** In a frame: the origin of the page that it answers, which is the only one. */
export const asker = location.ancestorOrigins?.[0];
