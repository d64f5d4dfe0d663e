// The readable log of `debug: true`, for whoever asked for it. All of it is text: what collects consoles sees nothing of an object.
import { digits } from "../digits.js";

/** Of `ToService` and `ToManager` in src/protocol, in the order that numbers them on the wire. */
export const TO_SERVICE = ["Writes", "Sync", "Ack", "Bye", "AskAccess", "LeavePrompt", "Touch", "CleanUp"];
export const TO_MANAGER = ["Welcome", "Event", "Page", "Pong", "Synced", "Outcomes", "Storage", "Goodbye", "ShowFrame", "AccessDone", "Trouble", "Quiet", "Touched", "CleanedUp"];

const HELLO = -1;
/** In the order of `TurnedAway` in src/bindings/service/log.rs. */
const TURNED_AWAY = [
  () => "sent a message that is not a hello",
  () => "asked; no grant names it",
  () => "asked too often; it has too many pages or frames",
  (from, to, least, most) => `asked in protocol ${from} to ${to}; this service speaks ${least} to ${most}`,
];

function say(text, detail) {
  try {
    console.debug(`session-bridge ${text}${JSON.stringify(detail) ?? ""}`);
  } catch {
    // The page's console is the page's: it may be gone, or throw.
  }
}

/** `number`: of bytes; of a hello, by which both sides know the page (`correlationId` of its report). */
const message = (before, names, sent, kind, number) =>
  say(`${before}${sent ? "→" : "←"} ${kind === HELLO ? `hello, correlation id ${digits(number)}` : `${names[kind] ?? "not a message"}, ${number} bytes`}`);

export const page = {
  message: (sent, kind, number) => message("", sent ? TO_SERVICE : TO_MANAGER, sent, kind, number),
  shown: ({ status, reason, version, sessions, pendingWrites }) =>
    say(`= ${status}${reason ? ` (${reason})` : ""}, version ${version?.seq ?? "none"}, ${sessions.length} sessions, ${pendingWrites} pending`),
  event: (type, detail) => say(`! ${type} `, detail),
};

export const service = {
  message: (sent, kind, number) => message("service ", sent ? TO_MANAGER : TO_SERVICE, sent, kind, number),
  turnedAway: (origin, why, ...versions) => say(`service \`${origin}\` ${TURNED_AWAY[why](...versions)}`),
  keeps: (storage) => say("service keeps sessions in ", storage),
};
