// What the manager's codes mean, in plain words. Pure: a snapshot in, sentences out.

export const STATUS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", closed: "Closed" };

const REASON = {
  offline: "This device is offline. What is shown may be old. Changes wait, and are sent when the device is online again.",
  unreachable: "The service does not answer: is `npm start` still running? What is shown stays. Changes wait until it answers.",
  blocked: "This browser refuses the service any storage, so nothing can be kept.",
  withheld: "The list is hidden after a pause, until the service has confirmed it.",
};

/** Why the page is not live or shows nothing; "" where all is well. */
export const reasonOf = ({ reason }) => (reason === null ? "" : (REASON[reason] ?? ""));

const ALONE = { partitioned: "This site only", memory: "This page only, until it is closed" };

/** Who sees the sessions that this page shows. */
export function audience({ level, shared }) {
  if (level === "unknown") return "Not known yet";
  return shared ? "Shared by all sites" : (ALONE[level] ?? "This site only");
}

const MEANING = {
  unknown: "",
  "same-site": "This page belongs to the owner’s site. Here the browser gives the service the storage that it has everywhere.",
  handle: "This is not the owner’s site, but the browser gives the service the same storage here.",
  server: "The sessions are kept on the owner’s server.",
  partitioned: "The browser gives the service a storage of its own on each site.",
  memory: "The browser gives the service no storage. It keeps the sessions in the memory of this page.",
};

/** Where they are kept, and why they are shared or not. */
export const meaning = ({ level }) => MEANING[level] ?? "";

/** The first thing that stands on the page: what can be tried, in two sentences. `others` are the names of two other pages. */
export function lead({ level, shared }, here, others) {
  if (level === "unknown") return "Four pages, one list of sessions. This page is asking for it.";
  if (shared) return `Four pages, one list of sessions. Add one here, open ${others.join(" or ")} in another tab, and it is there at once.`;
  if (level === "memory") return "Four pages could share one list of sessions, but not in this browser: what you add here is seen on this page alone.";
  return `Four pages could share one list of sessions. Now this browser keeps the sites apart: what you add here is seen on ${here} alone.`;
}

/** What the person can do about it outside of the page; "" where nothing is to be done. */
export function advice({ level, shared }, service) {
  if (shared || level === "unknown") return "";
  if (level === "memory") return `To keep and share sessions, allow ${service} to save data in the browser’s settings and reload this page. Or open the demo with \`npm start -- --open\`.`;
  return `In Chromium, sites share when third-party cookies are allowed for ${service}. \`npm start -- --open\` opens a browser in which they are.`;
}

/**
 * The offer to ask the person for the storage that all sites share; `null` where asking would not help.
 *
 * @param {{ upgrade: string, declinedUntil?: number | null }} storage
 * @param {{ owner: string, now: number, locale?: string }} context
 * @returns {{ note: string, label: string, resting: boolean } | null}
 */
export function offer({ upgrade, declinedUntil }, { owner, now, locale }) {
  if (upgrade === "none") return null;
  if (declinedUntil > now) {
    const until = moment(declinedUntil, now, locale);
    return { note: "You chose “Not now”, so you are not asked again for a while.", label: `Can be asked again at ${until}`, resting: true };
  }
  const note = upgrade === "visit"
    ? `This browser shares only with sites that you use yourself. ${owner} asks you, and opens its own page, where one click is enough.`
    : `You can change that. ${owner} asks you, in a window of its own.`;
  return { note, label: "Share with all sites…", resting: false };
}

/** A time of day as the reader writes it; with the date where that is another one. */
function moment(at, now, locale) {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(locale, { dateStyle: sameDay ? undefined : "medium", timeStyle: "short" }).format(at);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a session still lives, or since when it does not. Exact where it is short. */
export function lifeOf({ status, expiresAt }, now, locale) {
  if (expiresAt === null) return "Never expires";
  if (status === "expired") return `Expired at ${moment(expiresAt, now, locale)}`;
  return `Expires in ${span(Math.max(expiresAt - now, SECOND))}`;
}

function span(ms) {
  if (ms <= MINUTE - SECOND) return `${Math.ceil(ms / SECOND)} s`;
  if (ms <= HOUR - MINUTE) return `${Math.ceil(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} days`;
}

const LOST = {
  silence: "the service does not answer",
  frame_gone: "the frame of the service was removed",
  goodbye: "the service ended it",
  offline: "this device is offline",
};

/** Why a connection was lost. A code that is not known here stands for itself. */
export const lossOf = (reason) => LOST[reason] ?? reason;
