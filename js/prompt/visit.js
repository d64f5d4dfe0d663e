// A visit to the owner's own page, and the person's return from it.

const RETURNS = ["focus", "pageshow", "visibilitychange"];

/**
 * Opens the page, in the handler of a click. `returned` is called whenever the person seems to be back: the frame is
 * seen or focused again, or the visited page says `{ sessionBridge: "visited" }` to its opener. Whether its window was
 * closed says nothing: a page may cut the tie between the two, and then it looks closed from the start.
 */
export function visit(url, returned) {
  const { origin } = new URL(url);
  const page = window.open(url, "_blank");
  const back = () => document.visibilityState === "visible" && returned();
  const hear = (event) => {
    if (event.origin === origin && event.source !== parent && event.data?.sessionBridge === "visited") returned();
  };
  for (const type of RETURNS) addEventListener(type, back);
  addEventListener("message", hear);
  return {
    /** Not if the browser or a sandbox forbids windows. */
    opened: page !== null,
    end() {
      for (const type of RETURNS) removeEventListener(type, back);
      removeEventListener("message", hear);
    },
  };
}
