// The messages of the newest protocol version, and of the one before it, after docs/protocol.md.

import { bool, choice, int, list, option, struct, text, tuple } from "./postcard.mjs";

export const VERSION = 4;
/** The first version that knows lifetimes. */
const LIFETIMES = 4;

const names = (...list) => choice(Object.fromEntries(list.map((name) => [name, null])));

const version = struct({ epoch: int, seq: int, tag: int });

const why = choice({
  Operation: int, UserId: null, Key: struct({ mutation: int, member: int }),
  DataBytes: struct({ bytes: int, limit: int }), Sessions: int, TotalBytes: int, Mutations: int,
});

const storage = struct({
  level: names("Unknown", "SameSite", "Handle", "Server", "Partitioned", "Memory"),
  shared: bool,
  upgrade: names("None", "Gesture", "Visit"),
});

const requests = struct({ count: int, micros: int, limit: option(int), last_url: option(text) });
const tally = struct({ count: int, micros: int, url: option(text) });
/** In milliseconds; what is null has no end. */
const lifetime = struct({ ttl: option(int), renews: bool, expires_at: option(int) });
const rules = struct({ default: option(int), longest: option(int), recovery: int, counts: bool });
/** `ttl` and `limit` are in a list of one: so JSON tells a lifetime without an end, `[null]`, from none that is asked for, `null`. */
const terms = struct({ ttl: option(tuple(option(int))), renews: option(bool), limit: option(tuple(option(int))), resets: bool });

/** Both directions, in this version: 3 or 4. */
export const messages = (spoken) => {
  /** These fields or variants, if the version has them. */
  const newer = (more) => (spoken >= LIFETIMES ? more : {});

  const code = names(
    "InvalidArgument", "NotFound", "AlreadyExists", "Conflict", "LimitExceeded", "Forbidden", "Timeout", "Aborted",
    "Unreachable", "Disconnected", "Closed", "ProtocolMismatch", "StorageDenied", "StorageFull", "StorageFailed",
    "Internal", ...Object.keys(newer({ Expired: null })),
  );

  const outcomes = list(tuple(int, choice({ Accepted: int, Refused: code, Contended: null, Denied: why })));

  const session = struct({
    id: text, user_id: text, created_at: int, last_active_at: int, version: option(int), data: text, ...newer({ lifetime, requests }),
  });

  const mutation = choice({
    Add: struct({ id: text, user_id: text, data: text, ...newer({ terms }) }),
    Update: struct({ id: text, patch: text, if_version: option(int) }),
    Remove: struct({ id: text, if_version: option(int) }),
    Activate: option(text),
    Replace: struct({ id: text, data: text, if_version: option(int) }),
    ...newer({ Configure: struct({ id: text, terms }), Recover: text, Count: struct({ id: text, tally, asks: bool }) }),
  });

  const write = struct({ n: int, predecessor: int, base: version, reads_from: option(int), mutations: list(mutation) });

  const ToService = choice({
    Writes: struct({ settled: int, writes: list(write) }),
    Sync: struct({ id: int, from: choice({ LastSent: null, Held: option(version) }), took: int }),
    Ack: int,
    Bye: null,
    AskAccess: struct({ id: int }),
    LeavePrompt: struct({ declined: bool }),
    ...newer({ Touch: struct({ id: int, session: text }), CleanUp: struct({ id: int }) }),
  });

  const limits = struct({ message_bytes: int, unsettled_writes: int });
  const ToManager = choice({
    Welcome: struct({ grant: int, storage, limits, ...newer({ rules }) }),
    Event: struct({
      follows: version, version, changes: list(choice({ Put: session, Removed: text, Active: option(text) })),
      mine: outcomes,
    }),
    Page: struct({
      sync: int, version, index: int, sessions: list(session), end: option(struct({ active: option(text), mine: outcomes })),
    }),
    Pong: int,
    Synced: struct({ id: int, version, ...newer({ time: option(int) }) }),
    Outcomes: outcomes,
    Storage: storage,
    Goodbye: code,
    ShowFrame: bool,
    AccessDone: int,
    Trouble: code,
    Quiet: int,
    ...newer({
      Touched: struct({ id: int, refusal: option(code) }),
      CleanedUp: struct({ id: int, removed: int, refusal: option(code) }),
    }),
  });

  return { ToService, ToManager };
};

export const { ToService, ToManager } = messages(VERSION);

/** What every session lives by that asks for nothing, where the owner decided nothing. */
export const FOR_EVER = { ttl: null, renews: true, expires_at: null };
/** A session that is added asks for nothing. */
export const NO_TERMS = { ttl: null, renews: null, limit: null, resets: false };
/** A session on which nobody made requests, with no limit. */
export const NO_REQUESTS = { count: 0, micros: 0, limit: null, last_url: null };
