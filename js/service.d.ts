// session-bridge, the service's side: for the owner's page that others load in an iframe.
import type { JsonObject, StorageStatus, StoreVersion } from "./index.js";

export { SessionError, type SessionErrorCode, type StorageStatus, type StoreVersion } from "./index.js";

/** What the pages of one origin may see and do. The service enforces it, by the origin that the browser gives for a page. */
export interface OriginGrant {
  /**
   * One exact origin as `location.origin` gives it: "https://shop.example", "http://localhost:8080". Or a pattern:
   * "https://*.shop.example" stands for every host with exactly one label more, with the same scheme and port. It stands for
   * neither "https://shop.example" nor "https://a.b.shop.example". Origins are compared part by part, never as text. If a grant
   * names the exact origin, no pattern counts for it. A pattern is refused if everybody can have a name below it; only the
   * commonest of those are known ("*.com", "*.co.uk", "*.github.io"), not the whole list of public suffixes.
   */
  origin: string;
  /**
   * The keys of `data` that the site sees, with everything in them; "*" for all. Every site sees which sessions there are,
   * their ids, times, lifetimes and versions, and which one is active. It sees `userId` only if the list has "userId", which shows a key
   * of `data` of that name too; otherwise `userId` is "". If a change touches nothing that a site sees, the site is not told
   * of it at once; with the next thing that it is told, the new times and versions show that there was one. The type takes
   * any text, because TypeScript reads the "*" of an imported JSON file as `string`; any but "*" is `invalid_argument`.
   */
  read: "*" | AnyText | readonly string[];
  /**
   * What the site may do; true for everything. Default false. A site can set only keys that it sees; all others stay as they
   * are. So to add a session it must see "userId". Anything else is `forbidden`, whether or not there is such a session or
   * key; a bulk is refused as a whole. To configure, recover or touch a session, or to count a request on it, counts as "update", whatever keys the site sees.
   * The type takes any text in the list, for the same reason as in `read`.
   */
  write?: boolean | readonly (SessionOperation | AnyText)[] | undefined;
  /**
   * Whether the site sees how many requests were counted on a session, their limit, their mean and the last address, and may set the
   * limit and reset the count (where `write` has "add" or "update"). Neither "*" nor `true` above includes it. To count with
   * `recordRequest` needs "update" alone. Default false: the site sees zeros and `null`.
   */
  requests?: boolean | undefined;
}

/** `string`, beside which an editor still offers the values that count. */
type AnyText = string & {};

export type SessionOperation = "add" | "update" | "remove" | "activate";

export interface SessionServiceOptions {
  /** At least one. An origin without a grant gets no answer at all. */
  grants: readonly OriginGrant[];
  /**
   * Default "indexeddb". If the browser refuses it, or "localstorage", memory is used instead, and `storage.level` says so.
   * Nothing is used instead of a provider of your own: its failures reach the pages.
   */
  storage?: "indexeddb" | "localstorage" | "memory" | StorageProvider;
  /** Name of the store. Two names are two separate lists. Default "default". */
  name?: string;
  /** "strict": a write is confirmed once it is on the disk. "relaxed": earlier; a power cut can lose it. A removal is always strict. Default "strict". */
  durability?: "strict" | "relaxed";
  /** Lifetime of a session that is added without `ttlMs`: at least 60 000; `null`: it never expires. Default 2 592 000 000, 30 days. */
  defaultTtlMs?: number | null;
  /**
   * For how long after its end an expired session can be recovered by `recoverSession`; 0: not at all. Default 604 800 000, 7 days.
   * After that the service removes the session (see `cleanupMs`). Pages are told so by `session_terminated`.
   */
  recoveryMs?: number;
  /** How long a session lives at most, from when it was added, whatever renews, configures or recovers it: at least 60 000; `null`: no bound. Default `null`. */
  maxLifetimeMs?: number | null;
  /**
   * How often, at most, the store forgets old records that are over its bounds, and removes sessions that nobody can recover any
   * more, while nothing else is to be done. Of several open pages one does it, and not before its frame has run for an hour in
   * which nobody set the clock and the device did not sleep: a clock that is wrong must not cost a session. From 1 000 to 2^31 - 1.
   * Default 300 000.
   */
  cleanupMs?: number;
  /** "count": requests that pages record are counted. "off": none is counted, and `recordRequest` does nothing; what was counted before stays. Default "count". */
  requests?: "count" | "off";
  /**
   * What every session that is added begins with. A key that the page gives is the page's, whole; in all others stands what is given
   * here, also in keys that the adding site does not see. At most `limits.dataBytes`. Sessions that are there already stay as they
   * are. Default: nothing.
   */
  defaults?: { data?: JsonObject };
  limits?: {
    /** Sessions in the store. Default 100 000. */
    sessions?: number;
    /** `data` of one session, as far as the site that writes it sees it: so the limit tells a site nothing about the rest. At most 2^23. Default 65 536. */
    dataBytes?: number;
    /** All sessions together, with 256 bytes more for each. A write that adds to it is refused with `limit_exceeded`. At most 2^26, which is half of what a page can hold. Default 2^26. */
    totalBytes?: number;
    /** One message of a page. At least 1 024. Default 1 048 576. */
    messageBytes?: number;
    /** Writes of one page; more of them wait. Default 500. */
    writesPerSecond?: number;
  };
  /** The prompt that pages open by `requestStorageAccess()`. */
  prompt?: PromptOptions;
  /** The module's address or bytes, if your tool does not carry the `.wasm` file along. */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
  /**
   * What the console is told. Unset: one `console.warn` for each cause that keeps the service from starting. `true`: also
   * every message, and each page that is refused with its origin and the reason, with `console.debug`. `false`: nothing.
   */
  debug?: boolean;
}

/**
 * The prompt in which a person lets this service share its storage with a site. It speaks English, German, French, Spanish,
 * Japanese and Arabic. Its looks are set by custom properties on `:root` of the service page: `--session-bridge-background`,
 * `-text`, `-muted`, `-line`, `-accent`, `-on-accent`, `-radius`, `-font`, `-color-scheme`, and for the whole of it
 * `-width`, `-dialog-radius`, `-shadow`. It is as high as what it says.
 */
export interface PromptOptions {
  /**
   * The language of the prompt, as a BCP 47 tag: "de", "pt-BR". The nearest one is taken: "de" for "de-AT"; English for one
   * that the prompt does not speak. Default: the first that it speaks of the `lang` of the page that asks, the `lang` of the
   * service page, and the languages of the browser; else English.
   */
  lang?: string;
  /**
   * In place of single texts, whatever the language. `{site}` and `{owner}` stand for the names of the two sites. For a
   * language that the prompt does not speak, give all texts and its `lang`, which then decides the direction too.
   */
  texts?: Partial<Readonly<Record<PromptText, string>>>;
  /** What the site that asks is called, by its origin. Its host is shown in any case. Default: its host. */
  siteName?: string | ((origin: string) => string);
  /** What the owner's site is called. Its host is shown in any case. Default: its host. */
  ownerName?: string;
  /** The owner's page that is opened where the browser wants it to be used first. Default `/`. */
  visitUrl?: string | URL;
  /** How long a person who declined is not asked again on that site. Default 3 600 000. */
  quietMs?: number;
}

/**
 * The texts of the prompt: its question and the buttons; while the browser decides; the offer to visit the owner's page, what
 * is said meanwhile (`{url}` is that page), and the button to try again; how it ended; why a click was not taken for a
 * decision: too early, in a window that is covered, or too small.
 */
export type PromptText =
  | "askTitle"
  | "askText"
  | "allow"
  | "deny"
  | "working"
  | "visitTitle"
  | "visitText"
  | "visit"
  | "returnText"
  | "blockedText"
  | "retry"
  | "doneTitle"
  | "doneText"
  | "failedTitle"
  | "failedText"
  | "close"
  | "wait"
  | "covered"
  | "small";

/**
 * Starts to answer the pages that frame this one. Resolves when the store is open. If the frame is removed meanwhile, the
 * promise never settles: WebKit hangs if a module's top-level `await` ends in a frame that was removed.
 *
 * @throws {SessionError} `invalid_argument`, naming the option; `already_exists` if a service runs in this page that was
 *   not stopped; `unreachable` if the module cannot be loaded
 */
export declare function startSessionService(options: SessionServiceOptions): Promise<SessionService>;

/** What `SessionService.metrics()` gives. Of sessions it knows none before the store is read. */
export interface ServiceMetrics {
  /** Pages that are connected now. */
  readonly connections: number;
  /** Sessions in the store now, valid and expired ones. */
  readonly sessions: number;
  /** How many of them are valid now, by the service's clock. */
  readonly valid: number;
  /** How many of them are expired now, by the service's clock. */
  readonly expired: number;
  /** How long ago they were added, on average: from `createdAt` to now, by the service's clock, in whole milliseconds. 0 if there are none. */
  readonly meanAgeMs: number;
  /** Requests that were counted on the sessions that are there now, all together, and how long one of them took on average; 0 of none. */
  readonly requests: { readonly total: number; readonly meanMs: number };
  /** Commits that this service made. */
  readonly commits: number;
  /** Writes that it refused. */
  readonly refused: number;
  /** Sessions that it removed because nobody could recover them any more. */
  readonly cleaned: number;
  /** What it received that is no message of the protocol. */
  readonly malformed: number;
  /** From the start of a commit to its confirmation: percentiles of the last 256 commits, zeros until the first. */
  readonly commitMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** A service that runs. */
export interface SessionService {
  /** Where sessions are kept now. The level can rise and fall. */
  readonly storage: StorageStatus;
  /** How things stand, and what was counted since the start. It looks at every session of the store, so call it every few seconds at most. */
  metrics(): ServiceMetrics;
  /**
   * Replaces the grants of this frame, from now on. A page that has no grant any more loses its connection (`forbidden`). A page
   * whose grant has changed connects again at once, and sees what the new grant shows. For all other pages nothing happens.
   * Writes that wait are judged by the new grants. The headers of the service page decided when it was loaded who can frame
   * it; new grants do not change that.
   *
   * @throws {SessionError} `invalid_argument`, naming the grant; nothing is changed then
   */
  setGrants(grants: readonly OriginGrant[]): void;
  /** Ends the connection of every page, and answers no page any more. */
  stop(): Promise<void>;
}

/**
 * A store of your own: string keys, string values, a version and a log. It never looks into a key, a value or a log entry.
 *
 * If it throws, or answers something of another shape, one operation fails. An error named `QuotaExceededError` counts as
 * `storage_full`, `SecurityError` and `NotAllowedError` as `storage_denied`, all others as `storage_failed`. An error whose
 * `code` is `protocol_mismatch` says that a newer build has written to the store: the service page is loaded anew, once.
 * "session-bridge/conformance" tries it out.
 */
export interface StorageProvider {
  /** The version that the store stands at; `null`: it is empty. */
  head(): Promise<StoreVersion | null>;
  /** The values of these keys, in the same order; `null` for a key that is not there. */
  get(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** Entries whose key begins with `prefix`, in key order (of UTF-16 units or of UTF-8 bytes), after `after`. */
  list(prefix: string, options: { after?: string; limit: number }): Promise<readonly (readonly [key: string, value: string])[]>;
  /**
   * Atomic. It takes effect as a whole, and only if the store stands exactly at `expect` (`null`: the store is empty); otherwise
   * it resolves with "stale". It rejects only if it did not take effect, or, if that is not known, with an error whose
   * `unknown` is true. `commit.version` may begin another epoch.
   */
  commit(expect: StoreVersion | null, commit: StoreCommit): Promise<"committed" | "stale">;
  /**
   * Log entries after `version`, oldest first; `[]` for the current version; `null` if some are no longer kept, or if the
   * version is not of this store.
   */
  since(version: StoreVersion): Promise<readonly string[] | null>;
  /** Calls `changed` when somebody else has committed; returns the function that ends that. Without it, the next heartbeat notices. */
  watch?(changed: () => void): () => void;
  /** Called when the service stops. */
  close?(): Promise<void>;
  /** Whether the store has no atomic commit of its own, and works under a lock. */
  readonly locked?: boolean | undefined;
}

/** What one commit changes. */
export interface StoreCommit {
  /** What the store stands at afterwards. */
  readonly version: StoreVersion;
  readonly puts: readonly (readonly [key: string, value: string])[];
  readonly deletes: readonly string[];
  /** What the log keeps of this commit. */
  readonly entry: string;
  /** Log entries up to this seq can be dropped. */
  readonly horizon: number;
  readonly durability: "strict" | "relaxed";
}

/**
 * A store that reads and writes one value at a time, without atomic commits. Every call has to end, because the lock is kept
 * until then. After a call has ended, it must have no further effect.
 */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

/** Options of a store under a lock. */
export interface LockedOptions {
  /** Web Locks of the partition that the store is in; default: the window's. */
  locks?: LockManager;
  /** How long an operation may wait for the lock and work, in ms; then it has failed. Default 8 000. */
  boundMs?: number;
}

/**
 * Makes a provider of a plain store, under one Web Lock that is never stolen. If a commit breaks off half-way, the next one to
 * take the lock undoes it. That works only if the store keeps the order of its writes. So the conformance suite marks such a
 * provider as locked. If several stores share a plain store or a partition, `name` tells them apart (default "default").
 */
export declare function fromKeyValue(store: KeyValueStore, options?: LockedOptions & { name?: string }): StorageProvider;

/**
 * `storage: "localstorage"` of this name, for `migrateStore`.
 * `options.storage` (default: the window's) is that of a `StorageAccessHandle`, together with its `locks`.
 */
export declare function localStorageProvider(name?: string, options?: LockedOptions & { storage?: Storage }): StorageProvider;

/** `storage: "indexeddb"` of this name, in this frame's own storage. `options.wasm` as in `startSessionService`. */
export declare function indexedDbProvider(name?: string, options?: Pick<SessionServiceOptions, "wasm">): StorageProvider;

/** A store in memory. It is gone when the page is. */
export declare function memoryProvider(): StorageProvider;

/**
 * Copies everything from one provider to another, empty one. Both stay readable. If it breaks off at any point, run it again:
 * it ends complete, and until then no service uses the target. The source can be written meanwhile.
 *
 * @throws {SessionError} `conflict` if the target holds something else (it is left as it is), or if the source was written
 *   all the time (try again); `storage_full`, `storage_denied`, `storage_failed`
 */
export declare function migrateStore(from: StorageProvider, to: StorageProvider): Promise<{ sessions: number }>;
