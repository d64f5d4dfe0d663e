// How this page stands with the service, and what the storage it reached means.
import { field, hook, milliseconds, setText } from "/dom.js";

const STATUS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", closed: "Closed" };

const REASON = {
  offline: "This device is offline. What is shown may be old; changes wait and are sent later.",
  unreachable: "The service does not answer: is `npm start` still running? What is shown stays, and changes wait until it answers.",
  blocked: "The browser refuses the service its storage.",
  withheld: "Held back after a pause, until the service has confirmed what is current.",
};

/** What each storage level means for the sessions on this page. */
const MEANING = {
  unknown: "",
  "same-site": "This page and the service belong to one site, so the browser gives the service the owner’s own storage.",
  handle: "The browser lets the service use the owner’s own storage here, so every site sees the same sessions.",
  server: "The owner’s server keeps the sessions, so every site sees the same ones.",
  partitioned: "The service has a store of its own on this site.",
  memory: "The service keeps the sessions in memory, until this page is closed.",
};

/** Why a page is alone, and what to do about it. */
const ADVICE = {
  partitioned: ({ site, service }) =>
    `These sessions are seen on ${site} alone, because this browser gives the service a separate store on each site; to share them, open the demo with \`npm start -- --open\`, or allow third-party cookies for ${service} in a Chromium browser.`,
  memory: ({ site, service }) =>
    `These sessions are seen on this page of ${site} alone, because this browser refuses the service any storage; to keep and share them, allow ${service} to save data in the browser’s settings and reload, or open the demo with \`npm start -- --open\`.`,
};

/** Brings all of this to what the snapshot says; `names` are those of this site and of the service's origin. */
export function showConnection(manager, snapshot, names) {
  const { status, reason, storage, version, pendingWrites, stale } = snapshot;

  const badge = hook("status");
  badge.dataset.status = status;
  badge.dataset.reason = reason ?? "";
  badge.dataset.stale = stale;
  setText(field("status"), STATUS[status]);
  sentence(hook("status-reason"), reason === null ? "" : REASON[reason]);

  const level = hook("storage-level");
  level.dataset.level = storage.level;
  level.dataset.shared = storage.shared;
  setText(level, storage.level === "unknown" ? "not known yet" : `${storage.level}, ${storage.shared ? "shared" : "this site alone"}`);
  sentence(hook("storage-meaning"), MEANING[storage.level]);
  sentence(hook("storage-advice"), ADVICE[storage.level]?.(names) ?? "");

  setText(hook("version"), version === null ? "–" : String(version.seq));
  const pending = hook("pending");
  pending.dataset.pending = pendingWrites > 0;
  setText(pending, String(pendingWrites));
  showRoundTrip(manager);
}

/** A round trip may be measured anew while nothing else changes, so it is shown by itself too. */
export function showRoundTrip(manager) {
  const { p50 } = manager.metrics().roundTripMs;
  setText(hook("rtt"), p50 > 0 ? milliseconds(p50) : "–");
}

/** Shows a sentence, with what stands between backticks set as code; hides the element when there is nothing to say. */
function sentence(element, text) {
  element.hidden = text === "";
  if (element.textContent === text.replaceAll("`", "")) return;
  const parts = text.split("`").map((part, index) => {
    if (index % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
  element.replaceChildren(...parts);
}
