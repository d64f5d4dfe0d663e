// What must be stood, by number, and in which engines that has to be seen.

/** The browser's own behaviour is part of it. */
const ALL = ["Chromium", "Firefox", "WebKit"];
/** What the engine adds is nothing: one place is enough. */
const ANYWHERE = [];

/**
 * @typedef {object} Row
 * @property {string} stands
 * @property {string[]} engines in which it has to be seen; none: anywhere
 * @property {string} [lacks] what belongs to it and cannot be tested, for it is not built yet
 * @property {boolean} [nothing] so is all of it
 */
const row = (stands, engines = ANYWHERE, lacks = undefined) => ({ stands, engines, lacks });
const later = (stands, lacks) => ({ stands, engines: ANYWHERE, lacks, nothing: true });

/** @type {Record<number, Row>} */
export const ROWS = {
  1: row("An origin that only looks like a granted one: a longer or a trailing-dot host, another scheme or port, a homograph, a user name before the host", ALL),
  2: row("A pattern covers one label: not its own host, not two labels, not a host that ends or begins alike, never a public suffix", ALL),
  3: row("A RegExp is no origin", ALL),
  4: row("`*`, an empty list and `undefined` are refused at the start; the origin `null` of a sandbox or a `data:` page is never answered", ALL),
  5: row("A hello from the right origin but another window than the one around the frame", ALL),
  6: row("A message whose sender is gone, so that it has no `source`", ALL),
  7: row("An event that a script raised", ALL),
  8: row("A hello that claims an origin, an account or permissions", ALL),
  9: row("A granted page inside a page without a grant: every page around the frame counts, by `ancestorOrigins` or by `frame-ancestors`", ALL),
  10: row("Each message to a window names the one origin that it is for", ALL),
  11: row("A second hello of a connected page replaces the connection: nothing is taken from the old port, its writes take effect once", ALL),
  12: row("Another granted origin in the same window, under the same client's name: a trust decision of its own", ALL),
  13: row("Ids and names are drawn by `crypto.getRandomValues`; a connection is a port, which nobody can guess", ALL),
  14: row("A hello without a port, with two, or with one that is dead", ALL),
  15: row("The owner's frame is led to another site amid a connection: the loss is noticed, the other site is sent nothing", ALL),
  16: row("Another protocol version, or none, is a typed error and no half a session", ALL),
  17: row("A frame that never loads, is kept out by `frame-ancestors` or COEP, or finds no server: `unreachable` at the deadline, whatever `load` says", ALL, "`diagnose()`"),
  18: row("A frame in a sandbox, without permission or credentials: what it can do is told, and nothing hangs", ALL),
  19: row("Random values at both listeners"),
  20: row("`__proto__`, `constructor` and the like as ids, keys and members"),
  21: row("Unknown and wrongly typed members, numbers out of range, lone surrogates, depth, cycles, huge lists"),
  22: row("More than the limit, in a message, a value or in all, is refused before it is copied; memory is bounded"),
  23: later("A small message that unpacks to a huge one", "compression"),
  24: row("A flood of messages: bounded queues and work, and others do not feel it"),
  25: row("A refusal is a code: no stack, path, token or other origin"),
  26: row("Getters and proxies of a peer never run here"),
  27: row("What is transferred along with a message is not used; surplus ports are closed", ALL),
  28: row("What a grant does not name is refused, also in a bulk, shown early, or sent again after a reconnection"),
  29: row("A site is sent nothing of what it is not granted: no key, value, event, or difference between errors"),
  30: row("Whether something is not there or not the site's: the same answer, in like time"),
  31: row("What a site is not granted is in no log, console line, text of an object or message to its page", ANYWHERE, "tokens"),
  32: later("A request that another site makes in the user's name", "a server as store"),
  33: row("A click on a prompt that is covered, faded, shrunk or just there; one prompt at a time; who declined is left alone"),
  34: row("A script cannot grant access"),
  35: row("A message twice, late, out of order, from an old port or an old store takes effect at most once"),
  36: row("A version that is missing is waited for or asked for, never passed over"),
  37: row("After a sign-out nothing that comes late brings the session back", ANYWHERE, "the offline queue"),
  38: row("Of several pending writes one is refused: only its effect goes"),
  39: row("A thousand increments on each of two pages at the same time all count"),
  40: row("A page that stops in the middle of anything, or throws in a callback, does not hold up others", ANYWHERE, "React"),
  41: later("What was queued offline, under another account or too late", "the offline queue"),
  42: row("Clocks that are set, sleep of hours, late timers: nothing is lost or taken for lost", ALL),
  43: row("A page out of the back/forward cache shows nothing that ended meanwhile", ALL, "React"),
  44: row("Storage that throws, answers garbage, or is of a newer layout: a typed status, and nothing is destroyed"),
  45: row("Storage that was tampered with crashes nothing", ANYWHERE, "encryption, which would notice"),
  46: row("Access to storage comes and goes: nothing above is overwritten by what was below", ANYWHERE, "cookies"),
  47: row("`requestStorageAccess` that hangs, is late, or grants less than it says"),
  48: row("No code is made from text, and trusted types are no hindrance", ANYWHERE, "pages that forbid WebAssembly"),
  49: row("A thousand managers made and closed leave nothing behind"),
  50: row("The service talks to nobody where it is not framed, and its header has the grants of its run time", ANYWHERE, "a build for CDNs"),
};
