// One core, one iframe and one connection for all managers of a page for one service, and the promises that it settles.
import { ManagerCore } from "../dist/manager/manager.js";
import { json, parse } from "./check.js";
import { SessionError, invalid } from "./error.js";
import { load } from "./load.js";

const freezeAll = (object) => {
  for (const member of Object.values(object)) Object.freeze(member);
  return Object.freeze(object);
};

/** Shown before anything is known, and by a server. */
export const CONNECTING = freezeAll({
  sessions: [],
  activeSession: null,
  version: null,
  status: "connecting",
  reason: null,
  storage: { level: "unknown", shared: false, upgrade: "none" },
  pendingWrites: 0,
  stale: false,
  lastError: null,
});

export const closed = () => new SessionError("closed", "This manager is closed; create another.");

const cores = new Map();

/** The core for these options: the one that the page has for this service, or a new one. */
export function coreFor(options) {
  const known = cores.get(options.serviceUrl.href);
  for (const name in known && options) {
    if (!isSame(known.options[name], options[name])) {
      throw invalid(name, "differs from what another manager of this page for the same service has; the two share a connection.");
    }
  }
  return known ?? new Core(options);
}

const isSame = (one, other) => one === other || (one instanceof URL && other instanceof URL && one.href === other.href);

class Core {
  /** The managers that hear of what happens. */
  #users = new Set();
  /** How many of them are not closing. */
  #staying = 0;
  #module;
  /** Why there is no module to call, for good. */
  #failure;
  /** Calls that wait for the module, in order. */
  #early = [];
  #calls = new Map();
  #tokens = 0;
  /** What to show without a module. */
  #shown = CONNECTING;
  #counts = new Float64Array(18);

  constructor(options) {
    this.options = options;
    if (!globalThis.document) {
      this.#failure = new SessionError("unreachable", "There is no document here to connect from.");
      return;
    }
    cores.set(options.serviceUrl.href, this);
    load(options.wasm).then(
      () => this.#start(),
      (error) => this.#end(error, { ...CONNECTING, reason: "unreachable", lastError: error }),
    );
  }

  join(user) {
    this.#users.add(user);
    this.#staying++;
  }

  /** The module, while there is one. */
  get module() {
    return this.#module;
  }

  snapshot() {
    return this.#module ? this.#module.snapshot() : this.#shown;
  }

  metrics() {
    const counts = this.#module?.metrics() ?? this.#counts;
    const [hits, misses, staleHits, p50, p95, p99, confirmed, rolledBack, resent, ...more] = counts;
    const [applied, duplicates, reordered, gaps, resyncs, opens, losses, missedHeartbeats, malformed] = more;
    return freezeAll({
      cache: { hits, misses, staleHits, hitRatio: (hits + staleHits) / (hits + staleHits + misses || 1) },
      roundTripMs: { p50, p95, p99 },
      writes: { confirmed, rolledBack, resent },
      events: { applied, duplicates, reordered, gaps, resyncs },
      connection: { opens, losses, missedHeartbeats, malformed },
    });
  }

  /**
   * A promise for what the module settles. `start(module, token)` runs once there is a module, in the order of the
   * calls; it returns false if an argument is not accepted. `run` is the function of an update by function.
   */
  ask(user, start, { signal, run, prompts } = {}) {
    const refusal = this.#failure ?? (signal?.aborted ? signal.reason : undefined);
    if (refusal !== undefined) return Promise.reject(refusal);
    const token = ++this.#tokens;
    const call = { user, run, prompts };
    call.promise = new Promise((resolve, reject) => Object.assign(call, { resolve, reject }));
    const abort = () => this.#giveUp(token, signal.reason);
    signal?.addEventListener("abort", abort);
    call.over = () => signal?.removeEventListener("abort", abort);
    this.#calls.set(token, call);
    this.#whenLoaded(() => {
      if (this.#calls.has(token) && start(this.#module, token) === false) this.#reject(token, invalid("An argument", "is not acceptable."));
    });
    return call.promise;
  }

  /** Runs `call` as soon as there is a module, in this very task if there is one already. */
  #whenLoaded(call) {
    if (this.#module) call();
    else this.#early.push(call);
  }

  /**
   * The same for what is not waited for longer than `requestTimeoutMs`, from the call on, be the module loaded or not.
   * `patient`: from when it is loaded the module has the say, and a person may take long.
   */
  async askInTime(user, start, patient) {
    const promise = this.ask(user, start, { prompts: patient });
    const token = this.#tokens;
    if (this.#module || this.#failure) return promise;
    const timer = setTimeout(() => {
      if (!patient || !this.#module) this.#reject(token, new SessionError("unreachable", this.#module ? "The service has not answered yet." : "The module is not loaded yet.", true));
    }, this.options.requestTimeoutMs);
    return promise.finally(() => clearTimeout(timer));
  }

  /** Lets this manager's calls settle for a while, and ends the connection if no other manager has it. */
  async leave(user) {
    for (const [token, call] of this.#calls) if (call.user === user && call.prompts) this.#giveUp(token, closed());
    const last = --this.#staying === 0;
    if (last) this.#forget();
    if (this.#module && last) {
      await this.ask(user, (module, token) => module.close(token));
    } else if (this.#module) {
      const own = [...this.#calls.values()].filter((call) => call.user === user).map((call) => call.promise);
      let timer;
      const timeout = new Promise((resolve) => (timer = setTimeout(resolve, this.options.requestTimeoutMs)));
      await Promise.race([Promise.allSettled(own), timeout]);
      clearTimeout(timer);
    }
    for (const [token, call] of this.#calls) if (call.user === user) this.#giveUp(token, closed());
    const shown = Object.freeze({ ...this.snapshot(), status: "closed" });
    if (last) this.#end(closed(), shown);
    this.#users.delete(user);
    return shown;
  }

  #start() {
    if (this.#failure) return;
    const { serviceUrl, debug, ...others } = this.options;
    const numbers = Object.values(others).filter((value) => typeof value === "number");
    this.#module = new ManagerCore(this.#host(), serviceUrl.href, serviceUrl.origin, ...numbers, debug);
    for (const call of this.#early.splice(0)) call();
    this.#changed();
  }

  /** There is no module any more, or never was. */
  #end(error, shown) {
    this.#forget();
    this.#failure ??= error;
    this.#shown = Object.freeze(shown);
    for (const token of this.#calls.keys()) this.#reject(token, error);
    this.#counts = this.#module?.metrics() ?? this.#counts;
    this.#module?.free();
    this.#module = undefined;
    this.#changed();
  }

  #forget() {
    if (cores.get(this.options.serviceUrl.href) === this) cores.delete(this.options.serviceUrl.href);
  }

  /** The call, which is over now. */
  #take(token) {
    const call = this.#calls.get(token);
    this.#calls.delete(token);
    call?.over();
    return call;
  }

  /** `error` is anything: programs may throw and abort with whatever they like, `null` included. */
  #reject(token, error) {
    this.#take(token)?.reject(error);
  }

  #giveUp(token, error) {
    if (this.#calls.has(token)) this.#module?.withdraw(token);
    this.#reject(token, error);
  }

  #changed() {
    if (this.options.debug) {
      const { status, reason, version, sessions, pendingWrites } = this.snapshot();
      console.debug(`session-bridge = ${status}${reason ? ` (${reason})` : ""}, version ${version?.seq ?? "none"}, ${sessions.length} sessions, ${pendingWrites} pending`);
    }
    for (const user of [...this.#users]) user.changed();
  }

  /** What the module calls. Nothing here throws. */
  #host() {
    const { container, debug } = this.options;
    return {
      container: () => container ?? document.body ?? document.documentElement,
      session: (id, userId, createdAt, lastActiveAt, version, pending, data) =>
        Object.freeze({ id, userId, createdAt, lastActiveAt, version, pending, data: parse(data) }),
      freeze: freezeAll,
      error: (code, advice, retryable) => new SessionError(code, advice, retryable),
      settle: (token, error, value) => (error === null ? this.#take(token)?.resolve(value) : this.#reject(token, error)),
      run: (token, data) => this.#run(token, parse(data)),
      event: (type, detail) => {
        if (debug) console.debug(`session-bridge ! ${type}`, detail);
        Object.freeze(detail);
        for (const user of [...this.#users]) user.raise(type, detail);
      },
      changed: () => this.#changed(),
      log: (direction, name, bytes) => console.debug(`session-bridge ${direction} ${name}, ${bytes} bytes`),
    };
  }

  #run(token, data) {
    let patch;
    try {
      const run = this.#calls.get(token)?.run;
      patch = run && json(run(data), "patch");
    } catch (error) {
      this.#reject(token, error);
    }
    if (!this.#module.ran(token, patch)) this.#reject(token, invalid("patch", "is not acceptable."));
  }
}
