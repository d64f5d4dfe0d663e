// "session-bridge/conformance": what every store must do, for those who write one.
import type { StorageProvider } from "./service.js";

export interface ConformanceResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was asked, expected and answered; why it was skipped; `null` when there is nothing to tell. */
  readonly detail: string | null;
  /** The store says of itself that it has no atomic commit of its own: `locked` of the provider. */
  readonly locked?: true;
  /** `options.faults` has no means for this case. */
  readonly skipped?: true;
}

/** Brings the store of this name into trouble; the function that it gives ends the trouble. */
export type Fault = (store: string) => (() => unknown) | Promise<() => unknown>;

export interface ConformanceOptions {
  /** A foreign store cannot be brought into trouble portably; each that is missing skips a case. */
  faults?: {
    /** No commit finds room. */
    full?: Fault;
    /** The browser refuses the store. */
    denied?: Fault;
    /** The store looks as if a newer version of its own code had written it. */
    newer?: Fault;
    /**
     * The next handle that is opened dies after so many of its writes: its promises never settle, and the Web Locks that
     * it holds go. The function that it gives resolves with whether that happened.
     */
    crash?: (store: string, after: number) => (() => boolean | Promise<boolean>) | Promise<() => boolean | Promise<boolean>>;
  };
  /** Of one case, of opening a handle and of closing one; default 20 000. */
  deadlineMs?: number;
  /** Names of the cases to run; default: all. */
  only?: RegExp;
}

/**
 * Runs every case, each on a store of its own. `open` gives one more handle to the store of that name, which is empty
 * when the name is new; handles are closed in the end, what is in the stores is left.
 */
export declare function conformance(open: (store: string) => StorageProvider | Promise<StorageProvider>, options?: ConformanceOptions): Promise<readonly ConformanceResult[]>;

/** The same, rejecting with an `Error` that lists what failed. */
export declare function assertConformance(open: (store: string) => StorageProvider | Promise<StorageProvider>, options?: ConformanceOptions): Promise<readonly ConformanceResult[]>;
