// The values that programs see, made of the plain ones that the module tells. A number in place of a name is a place in these
// lists: they have the order of the module's own enums.
import { digits } from "./digits.js";
import { SessionError } from "./error.js";
import { sessionList } from "./session-list.js";
import { storageStatus } from "./storage-status.js";

const { freeze, keys } = Object;
const { apply } = Reflect;

const STATUSES = ["connecting", "live", "reconnecting", "closed"];
const REASONS = ["offline", "unreachable", "withheld"];
/** The place of that among the reasons. */
const WITHHELD = 2;
const OPERATIONS = ["addSession", "updateSession", "removeSession", "setActiveSession", "bulkUpdateSessions", "configureSession", "recoverSession", "recordRequest"];

/** Each with what happened and what to do about it, and whether the same call may well succeed later. */
const CODES = [
  ["invalid_argument", "A value of this call is not acceptable. Correct it, and call again."],
  ["not_found", "No session has this id. Read the list again."],
  ["already_exists", "A session has this id already. Update it, or choose another id."],
  ["conflict", "Somebody else has changed this meanwhile. Read it again, and decide anew.", true],
  ["limit_exceeded", "This exceeds a limit of the service. Send less, or raise the limit in startSessionService."],
  ["forbidden", "The service's grants do not let this page do that. Extend its grant in startSessionService."],
  ["timeout", "The service did not answer in time. Try again.", true],
  ["aborted", "The call was aborted."],
  ["unreachable", "No service answers. Check serviceUrl, that a grant names this page's origin, and the policies frame-src and frame-ancestors.", true],
  ["disconnected", "The connection was lost before the answer. Try again.", true],
  ["closed", "This manager is closed. Create another."],
  ["protocol_mismatch", "This script and the service page have no protocol version in common. Update the older one, and reload."],
  ["storage_denied", "The browser refuses storage to the service. Allow cookies and site data for it."],
  ["storage_full", "The service's storage is full. Remove sessions, and try again.", true],
  ["storage_failed", "The service's storage failed, or a newer service page has written to it. Try again later.", true],
  ["internal", "session-bridge has a fault. Please report it."],
  ["expired", "This session is expired. Recover it, while the service allows that, or add another."],
];

const missing = (list, purpose = "") => (name) => `\`${name}\` must be in \`${list}\`${purpose}.`;
const exceeded = (what) => (name, limit, bytes) => `${bytes ? `It has ${bytes} bytes; ` : ""}${what} is ${limit}.`;
/** What besides its code a refusal is about. */
const DETAILS = [
  undefined,
  () => "The service page is older than this method.",
  missing("write"),
  missing("read", " to add"),
  missing("read", " to be written"),
  exceeded("`limits.dataBytes`"),
  exceeded("`limits.sessions`"),
  exceeded("`limits.totalBytes`"),
  exceeded("`limits.messageBytes`"),
  exceeded("The most changes of one write"),
  exceeded("`maxRequests`"),
  () => "`requests` must be `true` to set maxRequests or to reset.",
];

const about = (session) => ({ session });
const EVENTS = [
  ["session_created", about],
  ["session_updated", (session, previous) => ({ session, previous })],
  ["session_terminated", about],
  ["active_session_changed", about],
  ["storage_changed", (storage) => ({ storage })],
  ["connection_established", (roundTripMs) => ({ roundTripMs })],
  ["connection_lost", (reason) => ({ reason })],
  ["connection_restored", (roundTripMs, replayed) => ({ roundTripMs, replayed })],
  ["write_rolled_back", (error, operation, id) => ({ error, operation: OPERATIONS[operation], id })],
  ["error_occurred", (error) => ({ error })],
  ["session_expired", about],
];

/** Those of a session that has none, and no limit. */
const NO_REQUESTS = freeze({ count: 0, limit: null, meanMs: 0, lastUrl: null });

/** A frozen session as the module tells of it, with what it says nothing of where there is none. */
export const session = (told) => (told.requests ? told : freeze({ ...told, requests: NO_REQUESTS }));

/** The object, frozen with the objects directly in it. */
export const freezeAll = (object) => {
  for (const name of keys(object)) freeze(object[name]);
  return freeze(object);
};

const NONE = sessionList();

/** Of what shows of `sessions` now. `active`: an id, or ""; `seq`: `null` if there is no version. */
export function snapshot(sessions, active, epoch, seq, tag, status, reason, storage, pendingWrites, stale, complete, lastError) {
  return freeze({
    sessions: (reason === WITHHELD ? NONE : sessions).all(),
    activeSession: sessions.get(active),
    version: seq === null ? null : freeze({ epoch: digits(epoch), seq, tag: digits(tag) }),
    status: STATUSES[status],
    reason: REASONS[reason] ?? null,
    storage,
    pendingWrites,
    stale,
    complete,
    lastError: freeze(lastError),
  });
}

/** Shown before anything is known, and by a server. */
export const CONNECTING = snapshot(NONE, "", 0, null, 0, 0, -1, storageStatus(0, false, 0, null), 0, false, true, null);

/** The name of an event, and its frozen detail. */
export function event(kind, values) {
  const { 0: type, 1: made } = EVENTS[kind];
  return { type, detail: freeze(apply(made, undefined, values)) };
}

/** The error of a code, with what about it was refused: what a grant lacks, or a limit and how many `bytes` go over it, if those do. */
export function failure(kind, about, name, limit, bytes) {
  const { 0: code, 1: advice, 2: retryable } = CODES[kind];
  return new SessionError(code, about ? `${advice} ${DETAILS[about](name, limit, bytes)}` : advice, retryable);
}
