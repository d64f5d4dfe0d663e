// Says why something failed: in the error that programs get, and in one warning for each cause. The long texts are hardly
// ever needed; they lie in a file of their own, which is fetched when something seems to fail.
import { SessionError } from "./error.js";

/** What the page's policy has blocked, as `<directive> <address>`: nobody tells of it later. */
const blocked = new Set();
/** A policy that only reports blocks nothing. */
const note = ({ effectiveDirective, blockedURI, disposition }) => disposition !== "report" && blocked.size < 99 && blocked.add(`${effectiveDirective} ${blockedURI}`);

/** Hears from now on what the policy blocks. To call it again adds nothing. */
export function watchPolicy() {
  try {
    addEventListener("securitypolicyviolation", note);
  } catch {
    // There is no window here, or the page has a function of its own by this name.
  }
}

let texts;

/** The network may be what fails: an error waits no longer than this for its long text. */
const PATIENCE_MS = 1_000;
/** Nobody waits for a warning, so it can be right rather than soon. */
export const UNHURRIED_MS = 10_000;

/**
 * Fetches the long texts, and looks into what `about` tells of. It neither throws nor rejects, whatever the page has made of
 * `Promise.race`: without the long texts short ones serve.
 *
 * @param {number} ms how long it takes at most
 */
export const prepare = (about, ms = PATIENCE_MS) =>
  new Promise((resolve) => {
    look(about).then(resolve);
    setTimeout(resolve, ms);
  });

async function look(about) {
  try {
    texts = await import("./diagnosis/diagnosis.js");
    await texts.examine(about);
  } catch {
    // Then they do.
  }
}

/** The long text for what failed, if there is one: `about.what` names the kind. */
export function describe(about) {
  try {
    return texts?.describe(about, [...blocked]);
  } catch {
    return undefined;
  }
}

/** An address as errors and warnings name it: a query may hold what is nobody's business. */
export const shown = ({ origin, pathname }) => origin + pathname;

/** The error for a part of the package that could not be fetched. */
export const missing = (file, cause) =>
  new SessionError("unreachable", `${file} could not be loaded; serve it beside the script that imports it, from the same build, and reload the page.`, true, { cause });

const warned = new Set();

/** Warns of an error in the console, once for each text, unless `debug` is false. */
export function warn(debug, { message, cause }) {
  if (debug === false || warned.has(message)) return;
  warned.add(message);
  // A browser's own message may hold an address with its query.
  const why = cause === undefined ? "" : ` Cause: ${String(cause).replace(/[?#][^\s"')]*/g, "")}`;
  try {
    console.warn(`session-bridge: ${message}${why}`);
  } catch {
    // The page's console is the page's.
  }
}
