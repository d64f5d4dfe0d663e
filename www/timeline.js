// The events of the manager as they arrive, newest first.
import { hook, milliseconds } from "/dom.js";
import { quoted } from "/session-name.js";
import { audience, lossOf } from "/words.js";

const KEPT = 200;
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });


/** What each event says, in words. */
const SENTENCES = {
  session_created: ({ session }) => `${quoted(session)} was added`,
  session_updated: ({ session, previous }) => {
    if (previous.status === "expired" && session.status === "valid") return `${quoted(session)} was brought back`;
    return quoted(session) === quoted(previous) ? `${quoted(session)} was changed` : `${quoted(previous)} is now ${quoted(session)}`;
  },
  session_expired: ({ session }) => `${quoted(session)} has expired`,
  session_terminated: ({ session }) => `${quoted(session)} was signed out`,
  active_session_changed: ({ session }) => (session ? `Switched to ${quoted(session)}` : "No session is active"),
  storage_changed: ({ storage }) => `Storage: ${audience(storage)}`,
  connection_established: ({ roundTripMs }) => `Connected in ${milliseconds(roundTripMs)}`,
  connection_lost: ({ reason }) => `Connection lost: ${lossOf(reason)}`,
  connection_restored: ({ roundTripMs, replayed }) => `Connected again in ${milliseconds(roundTripMs)}, ${replayed} changes sent again`,
  write_rolled_back: ({ error, operation }) => `A write was taken back (${operation}): ${error.message}`,
  error_occurred: ({ error }) => error.message,
};

/** Listens to everything, and tells `announce` each sentence. */
export function showTimeline(manager, announce) {
  const list = hook("timeline");
  for (const [type, sentence] of Object.entries(SENTENCES)) {
    manager.addEventListener(type, ({ detail }) => {
      const text = sentence(detail);
      list.prepend(entry(type, text, versionOf(type, detail, manager.getSnapshot())));
      while (list.children.length > KEPT) list.lastElementChild.remove();
      announce(text);
    });
  }
}

/** A session that was made or changed carries its version; anything else is dated by the state it leads to. */
function versionOf(type, detail, snapshot) {
  if (type === "session_created" || type === "session_updated") return detail.session.version;
  return snapshot.version?.seq ?? null;
}

function entry(type, text, version) {
  const item = document.createElement("li");
  item.dataset.testid = "timeline-entry";
  item.dataset.type = type;
  item.dataset.version = version ?? "";
  item.append(
    part("span", "what", text),
    part("span", "version", version === null ? "" : `v${version}`),
    part("code", "type", type),
    part("time", "when", time.format(Date.now())),
  );
  return item;
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
