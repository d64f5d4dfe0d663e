// session-bridge, the service's side: for the owner's page that others load in an iframe.
import type { StorageStatus } from "./index.js";

export { SessionError, type SessionErrorCode, type StorageStatus } from "./index.js";

/** What one origin may do. */
export interface OriginGrant {
  /** One exact origin as `location.origin` gives it: "https://shop.example", "http://localhost:8080". */
  origin: string;
  /** What it sees of `data`: all. */
  read: "*";
  /** Whether it may add, update, remove and activate. Default false. */
  write?: boolean;
}

export interface SessionServiceOptions {
  /** At least one. An origin without a grant gets no answer at all. */
  grants: readonly OriginGrant[];
  /** Default "indexeddb": where the browser refuses it, memory takes its place, and `storage.level` says so. */
  storage?: "indexeddb" | "memory";
  /** Of the store. Default "default". */
  name?: string;
  /** When a write counts as confirmed. A removal is always strict. Default "strict". */
  durability?: "strict" | "relaxed";
  limits?: {
    /** In the store. Default 100 000. */
    sessions?: number;
    /** Of one session. Default 65 536. */
    dataBytes?: number;
    /** Of one message. Default 1 048 576. */
    messageBytes?: number;
    /** Of one page; more wait. Default 500. */
    writesPerSecond?: number;
  };
  /** The prompt that pages open by `requestStorageAccess()`. */
  prompt?: PromptOptions;
  /** Where the module's bytes are, where the bundler's own way does not serve. */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
  /** Logs every message with `console.debug`. Default false. */
  debug?: boolean;
}

/**
 * The prompt in which a person lets this service share its storage with a site. It takes its language and direction from
 * the document; its looks are set by custom properties on `:root` of the service page: `--session-bridge-background`,
 * `-text`, `-muted`, `-line`, `-accent`, `-on-accent`, `-radius`, `-font`, `-color-scheme`.
 */
export interface PromptOptions {
  /** In place of the English ones. `{site}` and `{owner}` stand for the names of the two sites. */
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
 * Starts to answer the pages that frame this one. Resolves when the store is open.
 *
 * @throws {SessionError} `invalid_argument`, naming the option; `unreachable` if the module cannot be loaded
 */
export declare function startSessionService(options: SessionServiceOptions): Promise<SessionService>;

export interface SessionService {
  /** Where sessions are kept now: it rises and falls. */
  readonly storage: StorageStatus;
  /** Counts since the start. */
  metrics(): {
    readonly connections: number;
    readonly sessions: number;
    readonly commits: number;
    readonly refused: number;
    readonly malformed: number;
    /** Of the last 256 commits. */
    readonly commitMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  };
  /** Says goodbye to every page and falls silent. */
  stop(): Promise<void>;
}
