// session-bridge, the page's side.
// Units: every `*Ms` is milliseconds; every `*At` is Unix time in milliseconds; sizes are bytes of UTF-8 JSON text.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
// `D extends object` below so that interfaces fit; values are checked to be JSON when written (`invalid_argument`).

/** One signed-in identity. `data` belongs to the application, everything else to the library. Frozen, `data` deeply. */
export interface Session<D extends object = JsonObject> {
  /** Names the session, on every site. */
  readonly id: string;
  /** "" if the grant does not show it to this site. */
  readonly userId: string;
  /** When it was added, by the service's clock. */
  readonly createdAt: number;
  /** When it was last added, updated, touched or recovered, by the service's clock. */
  readonly lastActiveAt: number;
  /** When it expires or expired, by the service's clock; `null`: never. */
  readonly expiresAt: number | null;
  /** "expired" from `expiresAt` on. It is "valid" again after `recoverSession` or `configureSession`, or if the service's clock is set back. */
  readonly status: "valid" | "expired";
  /** Sequence number of the commit that last changed it; `null` while only this page knows it. */
  readonly version: number | null;
  /** Whether it shows a change that the service has not confirmed yet. */
  readonly pending: boolean;
  /** Requests that `recordRequest` counted, on every page, as far as they are confirmed. Zeros and `null` if the grant does not show them to this site. */
  readonly requests: SessionRequests;
  /** What the application keeps, as far as the grant shows it to this site. */
  readonly data: D;
}

/** Requests of the application on one session. They are no change of it: `version` stays. */
export interface SessionRequests {
  readonly count: number;
  /** From this count on `recordRequest` is refused; `null`: no limit. */
  readonly limit: number | null;
  /** How long a request took on average; 0 while there is none. */
  readonly meanMs: number;
  /** Of the last one that had an address: without query, fragment and credentials, up to 256 bytes; of one without a host its scheme; else `null`. */
  readonly lastUrl: string | null;
}

/** A session as a write left it that the service has confirmed: its `version` can be given on as `ifVersion`. */
export interface ConfirmedSession<D extends object = JsonObject> extends Session<D> {
  readonly version: number;
}

export interface NewSession<D extends object = JsonObject> extends SessionSettings {
  /** 1 to 256 bytes without control characters. Default: 128 random bits. */
  id?: string;
  /** 1 to 256 bytes without control characters. */
  userId: string;
  /** Default: `{}`. Kept exactly: null members stay null. Members that are `undefined` are left out, as `JSON.stringify` leaves them out. */
  data?: D;
}

/** How long a session lives, by the service's clock, and how many requests it takes. */
export interface SessionSettings {
  /** From now on, at least 60 000; `null`: it never expires. Default, if it is added: the service's `defaultTtlMs`. The service's `maxLifetimeMs` can end it earlier. */
  ttlMs?: number | null;
  /** Whether each `touchSession` gives it a full lifetime from then on. Default, if it is added: true. */
  autoRenew?: boolean;
  /** How many requests `recordRequest` takes: a whole number from 1; `null`: no limit. Default, if it is added: none. To set it a site needs `requests: true` in its grant. */
  maxRequests?: number | null;
}

/** What a page may show at any moment, read without waiting. The same object until something in it changes. Frozen. */
export interface Snapshot<D extends object = JsonObject> {
  /** By `createdAt`, then `id`. A session that did not change is the same object as before. */
  readonly sessions: readonly Session<D>[];
  /** The session that `setActiveSession` chose last, on any site. If it expires, it stays the active one. */
  readonly activeSession: Session<D> | null;
  /** The state of the store that the snapshot shows, without pending writes; `null` before the first one. */
  readonly version: StoreVersion | null;
  /** `live`: connected, and what shows was confirmed. `closed`: by `close()`. */
  readonly status: "connecting" | "live" | "reconnecting" | "closed";
  /** Why it is not live, or shows nothing: no network; no answer; held back until verified after a suspension. */
  readonly reason: null | "offline" | "unreachable" | "withheld";
  /** Where sessions are kept, and whether all sites share them. */
  readonly storage: StorageStatus;
  /** How many writes of this page the service has not confirmed or refused yet. */
  readonly pendingWrites: number;
  /** Older than `ttlMs` and not yet refreshed. */
  readonly stale: boolean;
  /** `false` only while the parts of the very first load arrive: what is there shows, without events or an active session; reads wait. */
  readonly complete: boolean;
  /**
   * The last thing that went wrong with the connection or the store, or the refusal of a write that had shown; `null` again once
   * the connection is live anew.
   */
  readonly lastError: SessionError | null;
}

/** Names one state of one store. `seq` counts commits; equal numbers of different epochs or tags are different states. */
export interface StoreVersion {
  readonly epoch: string;
  readonly seq: number;
  readonly tag: string;
}

/** Where the authority keeps sessions, and what would make it better. Selected anew while running: it rises and falls. */
export interface StorageStatus {
  /**
   * same-site: never partitioned · handle: unpartitioned through a StorageAccessHandle · partitioned: this site's own ·
   * memory: nowhere durable · unknown: the service has not said yet · server: reserved for the owner's own server, which no service uses yet
   */
  readonly level: "unknown" | "same-site" | "handle" | "server" | "partitioned" | "memory";
  /** Every site sees the same sessions. */
  readonly shared: boolean;
  /** What would raise it: nothing, a click in the service's prompt, or first a visit to the owner's own page. */
  readonly upgrade: "none" | "gesture" | "visit";
  /** Until when the prompt is not shown again, because the person declined; `null`: it can be shown. */
  readonly declinedUntil: number | null;
}

/** Managers of one page for one service share a connection, so their options have to be the same. */
export interface SessionManagerOptions {
  /** The owner's service page. Its origin is the only one this page talks to. http or https; relative to the document. */
  serviceUrl: string | URL;
  /** How long what the service said counts as fresh. Default 30 000; 0: not at all. */
  ttlMs?: number;
  /** How long anything but a write waits for the service. Default 5 000. */
  requestTimeoutMs?: number;
  /** How often a quiet connection is checked. Default 10 000. */
  heartbeatMs?: number;
  /** Pauses between attempts: first and longest, and the share of each that chance decides. Default 250, 30 000, 0.5. */
  backoff?: { initialMs?: number; maxMs?: number; jitter?: number };
  /** Element that receives the iframe. Default: document.body, which also takes its place while it is not in the document. */
  container?: Element;
  /** The module's address or bytes, if your tool does not carry the `.wasm` file along. */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
  /**
   * What the console is told. Unset: one `console.warn` for each cause that keeps the manager from working, with what to do
   * about it. `true`: also every message, change of state and event, with `console.debug`. `false`: nothing. A warning
   * holds no query, fragment, user id or data.
   */
  debug?: boolean;
}

export interface WriteOptions {
  /** Aborted before the write was sent: it is withdrawn. Later: only this promise rejects, with `signal.reason`. */
  signal?: AbortSignal;
  /** Refuse (`conflict`) unless no other client has changed the session since this version, or if the store never had it. */
  ifVersion?: number;
}

/** JSON merge patch (RFC 7396): members given replace, `null` removes, objects merge. What a patch does not name stays, null members too; so does what it gives as `undefined`. */
export type Patch<T> = { [K in keyof T]?: PatchValue<T[K]> | null };
type PatchValue<V> = V extends readonly unknown[] ? V : V extends object ? Patch<V> : V;

export type BulkChange<D extends object> =
  | { op: "add"; session: NewSession<D> }
  | { op: "update"; id: string; patch: Patch<D>; ifVersion?: number }
  /** `data` is the new one, whole: as `updateSession` with `replace`. */
  | { op: "replace"; id: string; data: D; ifVersion?: number }
  | { op: "remove"; id: string; ifVersion?: number }
  | { op: "activate"; id: string | null };

/**
 * Every method works when it is taken from the manager and called alone: `const { subscribe, getSnapshot } = manager`. For this
 * each manager has its methods as members of its own, also those that a subclass overrides.
 */
export declare class SessionManager<D extends object = JsonObject> extends EventTarget {
  /**
   * Returns at once and starts connecting. Safe to import, and inert, where there is no document. Managers of one page
   * for one service share an iframe and a connection, counted.
   *
   * @throws {SessionError} `invalid_argument`, naming the option
   */
  constructor(options: SessionManagerOptions);
  /** Resolves when first live; rejects with `unreachable` after `requestTimeoutMs`, while trying goes on. */
  waitForReady(this: void): Promise<void>;
  /**
   * Tries to connect now, whatever pause was under way: for a "Try again" button. Resolves like `waitForReady`. A frame that was
   * put into the page less than `requestTimeoutMs` ago, or has loaded in that time, is asked again and stays: its service may
   * still be starting. A service that went over a bound is left alone for its minute.
   */
  reconnect(this: void): Promise<void>;
  /**
   * Flushes pending writes for at most `requestTimeoutMs`, then rejects the rest with `closed`. Where something was written before
   * the module is loaded, it first waits for that, for at most `requestTimeoutMs` too. The iframe goes when its last manager has.
   */
  close(this: void): Promise<void>;

  /** What to show now. The same frozen object until something in it changes. */
  getSnapshot(this: void): Snapshot<D>;
  /** What a server renders: connecting, empty, always the same object. */
  getServerSnapshot(this: void): Snapshot<D>;
  /**
   * Calls `listener` after every change of the snapshot. Returns the function that ends it: from then on it is not called, even if
   * others are being told just now. One that is added meanwhile is called from the next change on.
   */
  subscribe(this: void, listener: () => void): () => void;

  // reads: from the cache within its TTL, else refreshed once for all who wait
  /** Every session, confirmed within `ttlMs`. @throws {SessionError} `unreachable` after `requestTimeoutMs`; `closed` */
  getAllSessions(this: void): Promise<readonly Session<D>[]>;
  /** The session of this id, or `null`. Fails as `getAllSessions` does. */
  getSession(this: void, id: string): Promise<Session<D> | null>;
  /** The active session, or `null`. Fails as `getAllSessions` does. */
  getActiveSession(this: void): Promise<Session<D> | null>;
  /** Asks the service now, whatever the cache holds. Fails as `getAllSessions` does. */
  refresh(this: void): Promise<void>;
  /** The next read asks the service. What shows stays. */
  invalidateCache(this: void): void;
  /** Whether a read is answered without asking the service. */
  isCacheValid(this: void): boolean;

  // writes: visible at once (once the module is loaded); the promise settles when the service has made them durable or refused them.
  // Writes wait as long as it takes: a timeout resends, it never rejects.
  /** Adds a session. @throws {SessionError} `already_exists`; `conflict` if somebody else removed a session of this id; `forbidden`; `limit_exceeded`; `storage_full` and the like */
  addSession(this: void, session: NewSession<D>, options?: Pick<WriteOptions, "signal">): Promise<ConfirmedSession<D>>;
  /**
   * Merges a patch into a session's data. A function is run again when somebody else changed the session meanwhile, so concurrent
   * increments all count. It must be pure. Of what it gives, only what differs from what it was given is sent, so that
   * `(data) => ({ ...data, n: data.n + 1 })` touches one key; what it leaves out is not removed. What it gives is a patch: a
   * member that it makes `null` is removed. `{ replace: true }` keeps `null`. An update does not renew the session: `touchSession` does.
   *
   * @throws {SessionError} `not_found`; `conflict`, by `ifVersion` only; `expired`; `forbidden`; `limit_exceeded`
   */
  updateSession(this: void, id: string, patch: Patch<D> | ((data: D) => Patch<D>), options?: WriteOptions): Promise<ConfirmedSession<D>>;
  /**
   * With `replace: true` what is given is the new data, whole: what it lacks goes, its null members stay. Of a site that sees
   * only some keys, only those are replaced. Needs "update".
   *
   * @throws {SessionError} `protocol_mismatch` where the service page is older than this
   */
  updateSession(this: void, id: string, data: D | ((data: D) => D), options: WriteOptions & { replace: true }): Promise<ConfirmedSession<D>>;
  /** Removes a session, on every site; an expired one too. If it was the active one, none is. @throws {SessionError} `not_found`; `conflict`, by `ifVersion` only; `forbidden` */
  removeSession(this: void, id: string, options?: WriteOptions): Promise<void>;
  /** Makes a session the active one; `null`: none. The last call wins. @throws {SessionError} `not_found`; `expired`; `forbidden` */
  setActiveSession(this: void, id: string | null, options?: Pick<WriteOptions, "signal">): Promise<void>;
  /** All or nothing, as one version. At most 1 000 changes. */
  bulkUpdateSessions(this: void, changes: readonly BulkChange<D>[], options?: Pick<WriteOptions, "signal">): Promise<void>;

  // lifetimes: each of these needs "update" in the grant, but for `validateSession`, and `cleanupExpiredSessions`, which needs "remove"
  /**
   * Changes how long a session lives, and how many requests it takes. What `settings` leaves out stays; it has to name something. A new
   * `ttlMs` counts from now, so an expired session is valid again. `autoRenew` alone leaves `expiresAt` as it is. `resetRequests: true`
   * begins the count, the mean and the address anew, under the same limit.
   *
   * @throws {SessionError} `invalid_argument`, naming the member; `not_found`; `forbidden`; `protocol_mismatch` where the service page is older than this
   */
  configureSession(this: void, id: string, settings: SessionSettings & { resetRequests?: boolean }, options?: Pick<WriteOptions, "signal">): Promise<ConfirmedSession<D>>;
  /**
   * Gives a session a full lifetime from now, whether it is expired or not. The service allows that until `recoveryMs` after `expiresAt`.
   *
   * @throws {SessionError} `expired` if that time is over; `not_found`; `forbidden`; `protocol_mismatch` where the service page is older than this
   */
  recoverSession(this: void, id: string, options?: Pick<WriteOptions, "signal">): Promise<ConfirmedSession<D>>;
  /**
   * Says that a session is in use: `lastActiveAt` becomes now, and with `autoRenew` the session gets a full lifetime from now. Call it
   * as often as you like. The service writes at most one touch a minute for each session, whichever pages call; if the lifetime is
   * under two minutes, one in half of it. A call within that time after `lastActiveAt` resolves at once and changes nothing.
   * `version` stays, so a touch is in nobody's way. Like a write, it waits as long as it takes.
   *
   * @throws {SessionError} `expired`; `not_found`; `forbidden`; `protocol_mismatch` where the service page is older than this
   */
  touchSession(this: void, id: string, options?: Pick<WriteOptions, "signal">): Promise<void>;
  /**
   * Counts a request that the application has made on this session. `ms`: how long it took, from 0 to 86 400 000. `url`: its address, absolute or
   * relative to the document; of that scheme, host and path are kept, up to 256 bytes.
   *
   * Call it for each request. The service counts each exactly once, and is told of them in batches: of the first one at once, and then
   * of those of an interval together. An interval lasts a quarter of a second at first, and each is twice as long as the one before, up to
   * 5 seconds. So the first call of an interval resolves when the service has counted it, and those that follow resolve at once, as long as
   * the limit that this page sees has room for them. `close()`, and a page that is hidden, tell of all at once.
   *
   * What resolved is counted, unless the page goes before it could tell (it crashes, is left or reloaded, or is closed without a
   * connection), the session ends, or the store is lost. The service decides about the limit, and after a refusal it is asked again in the
   * next interval, or once this page sees room. A count goes over the limit by no more than what other pages, and pages that do not see it,
   * have let through meanwhile: each at most 1 000 in an interval. A count raises no event. Like a write, it waits as long as it takes.
   * `signal` stops the waiting; if the service is asked about the request already, it counts all the same. A service with
   * `requests: "off"` counts none, and the call resolves. Needs "update".
   *
   * @throws {SessionError} `limit_exceeded`; `expired`; `not_found`; `conflict` if the store was lost meanwhile; `forbidden`;
   *   `invalid_argument`, naming the member; `protocol_mismatch` where the service page is older than this
   */
  recordRequest(this: void, id: string, request: { ms: number; url?: string | URL }, options?: Pick<WriteOptions, "signal">): Promise<void>;
  /** Asks the service now whether it has this session and it is valid. Of one that is added and not confirmed yet: `false`. Fails as `getAllSessions` does. */
  validateSession(this: void, id: string): Promise<boolean>;
  /**
   * Has the service remove the sessions that nobody can recover any more, and gives how many these were. The service does so by
   * itself as well, as `cleanupMs` of its options says. A clock that is wrong must not cost a session: so the service removes none,
   * and gives 0, until its frame has run for an hour in which nobody set the clock and the device did not sleep. Sessions that another
   * page's service removes meanwhile do not count. Like a write, it waits as long as it takes.
   *
   * @throws {SessionError} `forbidden`; `protocol_mismatch` where the service page is older than this
   */
  cleanupExpiredSessions(this: void, options?: Pick<WriteOptions, "signal">): Promise<number>;

  /**
   * Has the service ask the person, in a prompt of its own over this page, whether it may share its storage with this site.
   * Resolves with what `snapshot.storage` then is, whatever the person decided; at once, and without a prompt, where
   * nothing would raise the level or the person declined a short while ago. Callers share one prompt. Needs no click here:
   * the one that counts is made in the prompt.
   *
   * @throws {SessionError} `unreachable` if there is no connection within `requestTimeoutMs`; `disconnected` if it is lost
   *   while the person is asked; `closed`
   */
  requestStorageAccess(this: void): Promise<StorageStatus>;
  /** Counts since the start. Zeros until the module is loaded. */
  metrics(this: void): ManagerMetrics;
  /**
   * What to put into a bug report, as a frozen object that `JSON.stringify` takes. It works at any time: before there is a connection
   * and without one, after `close()`, and on a server. Of sessions it has ids alone, and of errors codes alone: no `userId`, no
   * `data`. Its members:
   *
   * `version` of the package · `build`: the id of the build of this script · `protocol`: the version that is spoken with the service;
   * `null` while there is no connection · `correlationId`: a text drawn at random for the life of the page, which both sides log with
   * `debug: true`; `null` until the module is loaded · `status`, `reason`, `storage`, `pendingWrites`: those of the snapshot ·
   * `storeVersion`: its `version` · `sessions`: how many it shows · `lastError`: the code of its `lastError`, or `null` ·
   * `metrics`: as `metrics()` gives them · `events`: the last 50 of the connection, oldest first, each with its `type`, `at` (when it
   * was raised, by this page's clock), `id` (of the session) and `code` (of the error; of `connection_lost` the reason, of
   * `storage_changed` the level); `null` for what an event does not have · `userAgent`; `null` where there is none.
   */
  report(this: void): JsonObject;

  // Only names of events are taken, so that a misspelt one does not compile. For events of your own, see the manager as an `EventTarget`.
  addEventListener<K extends keyof SessionEventMap<D>>(this: void, type: K, listener: SessionListener<SessionEventMap<D>[K]>, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof SessionEventMap<D>>(this: void, type: K, listener: SessionListener<SessionEventMap<D>[K]>, options?: boolean | EventListenerOptions): void;
}

/** What hears an event, as every `EventTarget` takes it. */
export type SessionListener<T> = ((event: CustomEvent<T>) => void) | { handleEvent(event: CustomEvent<T>): void } | null;

/** Events. Those about sessions tell only what the service has confirmed. */
export interface SessionEventMap<D extends object> {
  /** A session was added, by any page. */
  session_created: { readonly session: Session<D> };
  /** A session was changed, by any page. */
  session_updated: { readonly session: Session<D>; readonly previous: Session<D> };
  /** A session was removed, by any page. */
  session_terminated: { readonly session: Session<D> };
  /** A session expired; once for each time. One that was expired when the page got its first list is not told of. */
  session_expired: { readonly session: Session<D> };
  /** Another session is the active one, or none is. */
  active_session_changed: { readonly session: Session<D> | null };
  /** `snapshot.storage` changed. */
  storage_changed: { readonly storage: StorageStatus };
  /** The first connection is live. */
  connection_established: { readonly roundTripMs: number };
  /**
   * silence: the frame said nothing for `requestTimeoutMs`, or another one answered before it · frame_gone: it was reloaded or
   * taken out of the document · goodbye: the service ended the connection, or went over a bound · offline: any of these while
   * the browser knows of no network
   */
  connection_lost: { readonly reason: "silence" | "frame_gone" | "goodbye" | "offline" };
  /** A lost connection is live again; `replayed` writes were sent again. */
  connection_restored: { readonly roundTripMs: number; readonly replayed: number };
  /** `operation` is the method that made the write. */
  write_rolled_back: { readonly error: SessionError; readonly operation: string; readonly id: string | null };
  /** Something is wrong that no call of this page asked for. */
  error_occurred: { readonly error: SessionError };
  /** Every event of the manager, right after it, for logs and analytics: `detail` is that of the event, with its name as `type`. */
  "*": AnySessionEvent<D>;
}

/** The detail of any event, with the name of the event as `type`: `if (detail.type === "session_expired") detail.session` compiles. */
export type AnySessionEvent<D extends object = JsonObject> = {
  readonly [K in Exclude<keyof SessionEventMap<D>, "*">]: { readonly type: K } & SessionEventMap<D>[K];
}[Exclude<keyof SessionEventMap<D>, "*">];

export interface ManagerMetrics {
  readonly cache: { readonly hits: number; readonly misses: number; readonly staleHits: number; readonly hitRatio: number };
  /** Of the last 128 checks of the connection; zeros until the first. What the start of a service took is not among them. */
  readonly roundTripMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** From the call (the module loaded) until the write is confirmed; of the last 128. */
  readonly writeMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly writes: { readonly confirmed: number; readonly rolledBack: number; readonly resent: number };
  readonly events: { readonly applied: number; readonly duplicates: number; readonly reordered: number; readonly gaps: number; readonly resyncs: number };
  readonly connection: { readonly opens: number; readonly losses: number; readonly missedHeartbeats: number; readonly malformed: number };
}

export type SessionErrorCode =
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "conflict"
  | "limit_exceeded"
  | "forbidden"
  | "timeout"
  | "aborted"
  | "unreachable"
  | "disconnected"
  | "closed"
  | "protocol_mismatch"
  | "storage_denied"
  | "storage_full"
  | "storage_failed"
  | "internal"
  | "expired";

/** `code` is stable and is what programs test; `message` says what to do about it. */
export declare class SessionError extends Error {
  readonly code: SessionErrorCode;
  /** Whether the same call may well succeed later. */
  readonly retryable: boolean;
}
