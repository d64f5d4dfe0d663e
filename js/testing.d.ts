// session-bridge in one process, for tests: the manager and the service that ship, with a store in memory and no frame.
import type { JsonObject, NewSession, SessionManager, SessionManagerOptions } from "./index.js";
import type { SessionService, SessionServiceOptions } from "./service.js";

export { SessionError, type SessionErrorCode } from "./index.js";

export interface TestBridgeOptions<D extends object = JsonObject> {
  /** As `startSessionService` takes them. Default: one for `origin`, which lets it read and write everything. */
  grants?: SessionServiceOptions["grants"];
  /** There from the start, added by the owner one after the other, whatever the grants say. Default: none. */
  sessions?: readonly NewSession<D>[];
  /** The id of the one that is active from the start. Default `null`: none. */
  active?: string | null;
  /** Of the page that `manager` is on. Default: the first that `grants` names in full; without grants "https://app.example". */
  origin?: string;
  /** As `startSessionService` takes them. */
  limits?: SessionServiceOptions["limits"];
  /** As `startSessionService` takes it: the lifetime of sessions that are added without one. */
  defaultTtlMs?: SessionServiceOptions["defaultTtlMs"];
  /** As `startSessionService` takes it: for how long an expired session can be recovered. */
  recoveryMs?: SessionServiceOptions["recoveryMs"];
  /** As `startSessionService` takes it: how long a session lives at most. */
  maxLifetimeMs?: SessionServiceOptions["maxLifetimeMs"];
  /** As `startSessionService` takes it: how often sessions that nobody can recover any more are looked for. They are removed once the bridge's time has gone on for an hour. */
  cleanupMs?: SessionServiceOptions["cleanupMs"];
  /** As `startSessionService` takes it: whether requests are counted. */
  requests?: SessionServiceOptions["requests"];
  /** As `startSessionService` takes it: what every new session begins with. */
  defaults?: SessionServiceOptions["defaults"];
  /** Of `manager`. */
  manager?: TestManagerOptions;
  /** Unix time in ms at which the bridge's time starts. Default: `Date.now()`, which fake timers may have set. */
  now?: number;
}

/**
 * As a `SessionManager` takes them. `container` and `wasm` have no effect, and `serviceUrl` is not needed: whatever it says, the
 * service is the one of the bridge. So options that an application keeps in one place can be given as they are.
 */
export type TestManagerOptions = Partial<SessionManagerOptions>;

/**
 * Any number of pages, each with the service in its frame, and one store for all. The methods work when called alone.
 *
 * Time stands still in a bridge until `advance` is called. Only a message takes a millisecond, and a write that another page was
 * in the way of takes the pause after which it is tried again. A bridge uses no timer of the environment. So fake timers
 * neither disturb it nor move it, whenever they are installed, and a bridge that is not closed keeps no process alive. What
 * was asked for arrives within promise reactions: `await act(async () => …)` and `await vi.advanceTimersByTimeAsync(0)` wait
 * for it. Ids and versions that a bridge makes up are the same in every run.
 */
export interface TestBridge<D extends object = JsonObject> {
  /** Live. */
  readonly manager: SessionManager<D>;
  /**
   * The service in the frame of `manager`'s page. `setGrants` changes what all pages may do, those that come later too. The
   * store is in memory and shared by all pages; `storage` says of it what it says of every store of the owner's own:
   * "partitioned", not shared.
   */
  readonly service: Omit<SessionService, "stop">;
  /** In place of the one of "session-bridge", for code under test that makes its own: all that it makes are on one page of `origin`, beside that of `manager`. */
  readonly SessionManager: typeof SessionManager;
  /**
   * A manager on another page, which sees and may do what the grant of its origin says. It connects from now on:
   * `waitForReady()` tells when it is live. Without a grant it never is.
   *
   * @throws {SessionError} `invalid_argument`, naming the option
   */
  createManager<E extends object = D>(options?: TestManagerOptions & { origin?: string }): SessionManager<E>;
  /** Waits until all that is under way has arrived, then moves time on by `ms` (default 0) and does all that falls due. */
  advance(ms?: number): Promise<void>;
  /**
   * Takes the frames of all pages away, as a crash does. Managers are "reconnecting" when it resolves; what they try finds no
   * service. Their writes wait. `advance(30_000)`, and they say "unreachable".
   */
  disconnect(): Promise<void>;
  /** Has the service be found again. Resolves when all managers that had lost it are live, with as much time passed as that took. */
  reconnect(): Promise<void>;
  /** Closes all managers and stops the service. */
  close(): Promise<void>;
}

/**
 * A bridge with a manager that is live.
 *
 * @throws {SessionError} `invalid_argument`, naming the option; `unreachable` if no grant names the manager's origin; what
 *   `addSession` and `setActiveSession` reject with, if `sessions` or `active` are not acceptable
 */
export declare function createTestBridge<D extends object = JsonObject>(options?: TestBridgeOptions<D>): Promise<TestBridge<D>>;
