// The messages of the newest protocol version, after docs/protocol.md.

import { bool, choice, int, list, option, struct, text, tuple } from "./postcard.mjs";

export const VERSION = 3;

const names = (...list) => choice(Object.fromEntries(list.map((name) => [name, null])));

const version = struct({ epoch: int, seq: int, tag: int });

const code = names(
  "InvalidArgument", "NotFound", "AlreadyExists", "Conflict", "LimitExceeded", "Forbidden", "Timeout", "Aborted",
  "Unreachable", "Disconnected", "Closed", "ProtocolMismatch", "StorageDenied", "StorageFull", "StorageFailed",
  "Internal",
);

const why = choice({
  Operation: int, UserId: null, Key: struct({ mutation: int, member: int }),
  DataBytes: struct({ bytes: int, limit: int }), Sessions: int, TotalBytes: int, Mutations: int,
});

const outcomes = list(tuple(int, choice({ Accepted: int, Refused: code, Contended: null, Denied: why })));

const session = struct({
  id: text, user_id: text, created_at: int, last_active_at: int, version: option(int), data: text,
});

const mutation = choice({
  Add: struct({ id: text, user_id: text, data: text }),
  Update: struct({ id: text, patch: text, if_version: option(int) }),
  Remove: struct({ id: text, if_version: option(int) }),
  Activate: option(text),
  Replace: struct({ id: text, data: text, if_version: option(int) }),
});

const write = struct({ n: int, predecessor: int, base: version, reads_from: option(int), mutations: list(mutation) });

export const ToService = choice({
  Writes: struct({ settled: int, writes: list(write) }),
  Sync: struct({ id: int, from: choice({ LastSent: null, Held: option(version) }), took: int }),
  Ack: int,
  Bye: null,
  AskAccess: struct({ id: int }),
  LeavePrompt: struct({ declined: bool }),
});

const storage = struct({
  level: names("Unknown", "SameSite", "Handle", "Server", "Partitioned", "Memory"),
  shared: bool,
  upgrade: names("None", "Gesture", "Visit"),
});

export const ToManager = choice({
  Welcome: struct({ grant: int, storage, limits: struct({ message_bytes: int, unsettled_writes: int }) }),
  Event: struct({
    follows: version, version, changes: list(choice({ Put: session, Removed: text, Active: option(text) })),
    mine: outcomes,
  }),
  Page: struct({
    sync: int, version, index: int, sessions: list(session), end: option(struct({ active: option(text), mine: outcomes })),
  }),
  Pong: int,
  Synced: struct({ id: int, version }),
  Outcomes: outcomes,
  Storage: storage,
  Goodbye: code,
  ShowFrame: bool,
  AccessDone: int,
  Trouble: code,
  Quiet: int,
});
