// One core, one iframe and one connection for all managers of a page for one service, and the promises that it settles.
import { ManagerCore } from "../dist/manager/manager.js";
import { CLOSE } from "./asks.js";
import { bugReport, noted } from "./bug-report.js";
import { json, unwritten } from "./check.js";
import { SessionError, invalid } from "./error.js";
import { UNHURRIED_MS, describe, prepare, warn } from "./explain.js";
import { Frames } from "./frames.js";
import { parse, readable } from "./json.js";
import { eachThat, without } from "./lists.js";
import { load } from "./load-manager.js";
import { nameOf } from "./loader.js";
import { logger } from "./logger.js";
import { metricsOf } from "./metrics.js";
import { report } from "./report.js";
import { sessionList } from "./session-list.js";
import { storageStatus } from "./storage-status.js";
import { CONNECTING, event, failure, session, snapshot } from "./values.js";

const { freeze, keys } = Object;

export const closed = () => new SessionError("closed", "This manager is closed; create another.");

const stopped = (cause) => new SessionError("internal", "The module was stopped amid its work, as by a stack that is full. Reload the page.", false, { cause });

/** The default for options. It inherits nothing, so members that a script added to `Object.prototype` are no options. */
const NOTHING = { __proto__: null };

/** By the address of their service. Plain objects and lists stand in place of maps and sets in this file: a page can replace the methods of those, and an answer would then be lost. */
const cores = { __proto__: null };

/** The core for these options: the one that the page has for this service, or a new one. */
export function coreFor(options) {
  const known = cores[options.serviceUrl.href];
  for (const name of known ? keys(options) : []) {
    if (!isSame(known.options[name], options[name])) {
      throw invalid(name, "must be what another manager of this page for this service has; found another value.");
    }
  }
  return known ?? new Core(options);
}

/** Resolves when all of these calls have ended, in whatever way. */
async function ended(calls) {
  for (let at = 0; at < calls.length; at++) {
    try {
      await calls[at].promise;
    } catch {
      // Its caller hears of it.
    }
  }
}

const isSame = (one, other) => one === other || (one instanceof URL && other instanceof URL && one.href === other.href);

class Core {
  /** The managers that hear of what happens. */
  #users = [];
  /** How many of them are not closing. */
  #staying = 0;
  #module;
  #frames;
  /** Resolves when there is a module, or will be none. */
  #loaded;
  /** Why there is no module to call, for good. */
  #failure;
  /** Calls that wait for the module, in order. */
  #early = [];
  #calls = { __proto__: null };
  #tokens = 0;
  /** Ends when an answer should be here. */
  #patience;
  /** The service has answered this page. */
  #answered = false;
  /** What to show without a module. */
  #shown = CONNECTING;
  /** What the module told last, by name. */
  #numbers = {};
  /** The last ones, for a report. */
  #events = [];
  /** What shows, as the module tells it. */
  #sessions = sessionList();
  /** Where `debug` is true. */
  #log;

  constructor(options) {
    this.options = options;
    this.#log = logger("page", options.debug);
    if (!globalThis.document) {
      this.#failure = new SessionError("unreachable", "There is no document to connect from; on a server, show getServerSnapshot().");
      return;
    }
    this.#expectAnswer();
    this.#frames = new Frames(options);
    this.#loaded = load(options.wasm)
      .then(readable)
      .then(() => this.#start())
      .catch((error) => {
        warn(options.debug, error);
        this.#end(error, { ...CONNECTING, reason: "unreachable", lastError: error });
      });
    // Soon, and not now: one that is closed at once loads no frame.
    queueMicrotask(() => this.#module || this.#failure || this.#frames.begin());
    // As the last step: a core whose constructor threw must not be given to the next manager.
    cores[options.serviceUrl.href] = this;
  }

  /** Halfway to the moment when silence is an error, what could be said about it is fetched and found out. */
  #expectAnswer() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (this.snapshot().status !== "live") prepare(this.#silence());
    }, this.options.requestTimeoutMs / 2);
  }

  #silence() {
    const { serviceUrl, requestTimeoutMs: ms, wasm = load.own } = this.options;
    return this.#module ? { what: "service", serviceUrl, ms, answered: this.#answered } : { what: "late", url: nameOf(wasm), ms };
  }

  #unreachable(short) {
    const [about, { debug }] = [this.#silence(), this.options];
    const text = describe(about);
    const error = new SessionError("unreachable", text ?? short, true);
    // One that is still to be found out is not warned of twice.
    if (text) warn(debug, error);
    else prepare(about, UNHURRIED_MS).then(() => warn(debug, { message: describe(about) ?? short }));
    return error;
  }

  join(user) {
    this.#users[this.#users.length] = user;
    this.#staying++;
  }

  /** The module, while there is one. */
  get module() {
    return this.#module;
  }

  snapshot() {
    return this.#module ? this.#module.snapshot() : this.#shown;
  }

  /** What shows of a session, or `null`. */
  session(id) {
    // What is withheld stays in the list.
    return this.snapshot().reason === "withheld" ? null : this.#sessions.get(id);
  }

  metrics() {
    return metricsOf(this.#count());
  }

  /** `final`: what the manager that is asked shows for good, if it is closed. */
  report(final) {
    return bugReport(final ?? this.#look(), this.#count(), this.#events);
  }

  /** What shows. A module that was stopped amid its work tells nothing: then what showed without it. */
  #look() {
    try {
      return this.snapshot();
    } catch {
      return this.#shown;
    }
  }

  /** What the module tells, or told before. */
  #count() {
    try {
      this.#numbers = this.#module?.numbers() ?? this.#numbers;
    } catch {
      // It was stopped.
    }
    return this.#numbers;
  }

  /**
   * A promise for what the module settles; throws if that is refused at once. `start(module, token)` runs once there is a module,
   * in the order of the calls; what it throws is why the call is refused. `run` is the function of an update by function.
   * `inTime`: not waited for longer than `requestTimeoutMs`, from the call on, be the module loaded or not; "patient": from
   * when it is loaded the module has the say, and a person may take long.
   */
  ask(user, start, { signal, run, inTime } = NOTHING) {
    const refusal = this.#failure ?? (signal?.aborted ? signal.reason : undefined);
    if (refusal !== undefined) throw refusal;
    const token = ++this.#tokens;
    const call = { token, user, run, inTime };
    call.promise = new Promise((resolve, reject) => {
      call.resolve = resolve;
      call.reject = reject;
    });
    const abort = () => this.#giveUp(token, signal.reason);
    signal?.addEventListener("abort", abort);
    const timer = inTime && !this.#module && setTimeout(() => this.#late(token), this.options.requestTimeoutMs);
    call.over = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    this.#calls[token] = call;
    const begin = () => this.#begin(token, start);
    if (this.#module) begin();
    else this.#early[this.#early.length] = begin;
    return call.promise;
  }

  #begin(token, start) {
    try {
      if (this.#calls[token]) start(this.#module, token);
    } catch (error) {
      // The module refuses with a SessionError. Any other error means that it was stopped amid its work.
      this.#reject(token, error instanceof SessionError ? error : stopped(error));
    }
  }

  #late(token) {
    if (this.#module) {
      if (this.#calls[token]?.inTime === "patient") return;
      // Who is told so and looks finds the same.
      this.#module.late();
    }
    this.#reject(token, this.#unreachable("There is no answer yet."));
  }

  /** Lets this manager's calls settle for a while, and ends the connection if no other manager has it. */
  async leave(user) {
    this.#giveUpOf(user, ({ inTime }) => inTime === "patient");
    const last = --this.#staying === 0;
    if (last) this.#forget();
    // With the last manager the calls of those that are closing already would end too.
    const own = last ? undefined : user;
    if (!this.#module && this.#callsOf(own, ({ inTime }) => !inTime).length) await this.#patiently(this.#loaded);
    if (this.#module && last) await this.#patiently(ended([{ promise: this.#close(user) }]), 2);
    else if (this.#module) await this.#patiently(ended(this.#callsOf(own)));
    this.#giveUpOf(user);
    const shown = freeze({ ...this.#look(), status: "closed" });
    if (last) this.#end(closed(), shown);
    this.#users = without(this.#users, user);
    return shown;
  }

  /** The module lets what is under way settle for `requestTimeoutMs`. */
  async #close(user) {
    return this.ask(user, (module, token) => module.ask(token, CLOSE));
  }

  /** The calls of this manager, or of all, that are so. */
  #callsOf(user, is = () => true) {
    const calls = [];
    for (const token in this.#calls) {
      const call = this.#calls[token];
      if ((!user || call.user === user) && is(call)) calls[calls.length] = call;
    }
    return calls;
  }

  #giveUpOf(user, is) {
    const calls = this.#callsOf(user, is);
    for (let at = 0; at < calls.length; at++) this.#giveUp(calls[at].token, closed());
  }

  /** Resolves with this promise, which does not reject; after so many times `requestTimeoutMs` in any case. */
  #patiently(promise, times = 1) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, times * this.options.requestTimeoutMs);
      promise.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #start() {
    if (this.#failure) return;
    const { debug, ...others } = this.options;
    const numbers = keys(others).map((name) => others[name]).filter((value) => typeof value === "number");
    this.#module = new ManagerCore(this.#host(), ...numbers, debug === true);
    for (let at = 0; at < this.#early.length; at++) this.#early[at]();
    this.#early = [];
    this.#changed();
  }

  /** There is no module any more, or never was. */
  #end(error, shown) {
    this.#forget();
    clearTimeout(this.#patience);
    this.#failure ??= error;
    this.#shown = freeze(shown);
    this.#frames?.end();
    const calls = this.#callsOf();
    for (let at = 0; at < calls.length; at++) this.#reject(calls[at].token, error);
    const module = this.#module;
    this.#module = undefined;
    this.#sessions = sessionList();
    try {
      this.#numbers = module?.numbers() ?? this.#numbers;
      module?.free();
    } catch (error) {
      report(error);
    }
    this.#changed();
  }

  #forget() {
    if (cores[this.options.serviceUrl.href] === this) delete cores[this.options.serviceUrl.href];
  }

  /** The call, which is over now. */
  #take(token) {
    const call = this.#calls[token];
    delete this.#calls[token];
    try {
      call?.over();
    } catch (error) {
      // The page's own signal.
      report(error);
    }
    return call;
  }

  /** `error` is anything: programs may throw and abort with whatever they like, `null` included. */
  #reject(token, error) {
    this.#take(token)?.reject(error);
  }

  #giveUp(token, error) {
    if (this.#calls[token]) this.#module?.withdraw(token);
    this.#reject(token, error);
  }

  #changed() {
    this.#log?.("shown", this.snapshot());
    this.#tell((user) => user.changed());
  }

  /** Not those who leave while the others are told. */
  #tell(tell) {
    eachThat(() => this.#users, tell);
  }

  /** What the module calls. Nothing here throws: each of the page's own functions is called by something that catches. */
  #host() {
    const { debug: isDebug } = this.options;
    return {
      frame: () => this.#frames.next(),
      session: (text) => session(parse(text)),
      draw: (text) => this.#draw(parse(text)),
      drawn: (id) => this.#sessions.get(id),
      storage: storageStatus,
      // Named one by one: spread calls a function of arrays.
      snapshot: (active, epoch, seq, tag, status, reason, storage, pendingWrites, stale, complete, lastError) =>
        snapshot(this.#sessions, active, epoch, seq, tag, status, reason, storage, pendingWrites, stale, complete, lastError),
      error: (kind, about, name, limit, bytes) => {
        const error = failure(kind, about, name, limit, bytes);
        return error.code === "unreachable" ? this.#unreachable(error.message) : error;
      },
      settle: (token, error, value) => (error === null ? this.#take(token)?.resolve(value) : this.#reject(token, error)),
      run: (token, data) => this.#run(token, parse(data)),
      event: (kind, ...values) => {
        const { type, detail } = event(kind, values);
        this.#log?.("event", type, detail);
        this.#events = noted(this.#events, type, detail);
        // Of silence it is warned where its error is made.
        if (type === "error_occurred" && detail.error.code !== "unreachable") warn(isDebug, detail.error);
        if (type === "connection_lost") this.#expectAnswer();
        this.#answered ||= type === "connection_established";
        this.#tell((user) => user.raise(type, detail));
      },
      changed: () => this.#changed(),
      log: (sent, kind, number) => void this.#log("message", sent, kind, number),
    };
  }

  /** Each of these sessions shows from now on; of a mere id, nothing does. */
  #draw(shown) {
    for (let at = 0; at < shown.length; at++) {
      const one = shown[at];
      if (typeof one === "string") this.#sessions.put(one);
      else this.#sessions.put(one.id, session(one));
    }
    return true;
  }

  #run(token, data) {
    let patch;
    try {
      const run = this.#calls[token]?.run;
      patch = run && json(run(data), "patch");
    } catch (error) {
      this.#reject(token, error);
    }
    if (!this.#module?.ran(token, patch)) this.#reject(token, unwritten("patch"));
  }
}
