// The manager of one page, as programs hold it. All that it knows, it asks of the core.
import { ASK_ACCESS, CLEAN_UP, READ, READY, RECONNECT, REFRESH } from "./asks.js";
import { id, json, number, only, signal, unwritten, version, wrong } from "./check.js";
import { closed, coreFor } from "./core.js";
import { differing } from "./differing.js";
import { invalid } from "./error.js";
import { dialogs } from "./frames.js";
import { parse } from "./json.js";
import { readOptions } from "./manager-options.js";
import { eachThat, without } from "./lists.js";
import { report } from "./report.js";
import { CONNECTING } from "./values.js";

const { CustomEvent } = globalThis;
const { freeze } = Object;
const { isArray } = Array;
const { apply, defineProperty } = Reflect;
const WRITE = ["signal", "ifVersion"];
/** The service keeps no more. */
const MOST_URL = 256;
const DAY = 86_400_000;
const SETTINGS = ["ttlMs", "autoRenew", "maxRequests"];
/** Whoever listens to this hears every event. */
const ALL = "*";

export class SessionManager extends EventTarget {
  #core;
  /** A listener that is removed leaves a new list behind; `eachThat` needs that. */
  #listeners = [];
  #closing;
  /** What is shown for good once it is closed. */
  #final;
  /** Somebody may listen to all events at once. Until then nobody pays for that. */
  #hearsAll = false;
  /** How the core knows this manager. */
  #user = {
    changed: () => this.#changed(),
    raise: (type, detail) => {
      const raise = (type, detail) => guarded(() => this.dispatchEvent(new CustomEvent(type, { detail })));
      raise(type, detail);
      if (this.#hearsAll) raise(ALL, freeze({ type, ...detail }));
    },
  };

  constructor(options) {
    super();
    for (const name of METHODS) {
      // That of a subclass, if it has one of its own.
      const method = this[name];
      defineProperty(this, name, { value: (...values) => apply(method, this, values), configurable: true, writable: true });
    }
    this.#core = coreFor(readOptions(options));
    this.#core.join(this.#user);
  }

  async waitForReady() {
    return this.#askInTime(READY);
  }

  async reconnect() {
    return this.#askInTime(RECONNECT);
  }

  close() {
    this.#closing ??= this.#core.leave(this.#user).then((shown) => {
      this.#final = shown;
      this.#changed();
    });
    return this.#closing;
  }

  getSnapshot() {
    return this.#final ?? this.#core.snapshot();
  }

  getServerSnapshot() {
    return CONNECTING;
  }

  subscribe(listener) {
    if (typeof listener !== "function") throw wrong("listener", "a function", listener);
    // A listener that subscribes twice is told twice, and each of the two ends by itself.
    const entry = { listener };
    this.#listeners[this.#listeners.length] = entry;
    return () => void (this.#listeners = without(this.#listeners, entry));
  }

  async getAllSessions() {
    await this.#fresh();
    return this.getSnapshot().sessions;
  }

  async getSession(sessionId) {
    id(sessionId, "id");
    await this.#fresh();
    return this.#core.session(sessionId);
  }

  async getActiveSession() {
    await this.#fresh();
    return this.getSnapshot().activeSession;
  }

  async refresh() {
    return this.#askInTime(REFRESH);
  }

  invalidateCache() {
    this.#core.module?.invalidate();
  }

  isCacheValid() {
    return this.#core.module?.isCacheValid() ?? false;
  }

  async addSession(session, given = {}) {
    const options = only(given, "options", WRITE);
    if (options.ifVersion !== undefined) throw invalid("ifVersion", "must be left out: a session that is added has no version yet.");
    return this.#write([added(session, "session")], options);
  }

  async updateSession(sessionId, patch, given = {}) {
    const options = only(given, "options", [...WRITE, "replace"]);
    const { ifVersion, replace = false } = options;
    if (typeof replace !== "boolean") throw wrong("replace", "true or false", replace);
    const what = replace ? "data" : "patch";
    if (typeof patch !== "function") return this.#write([updated(sessionId, patch, ifVersion, "", what)], options);
    id(sessionId, "id");
    version(ifVersion, "ifVersion");
    const made = (data) => {
      const result = parse(json(patch(data), "patch()"));
      return replace ? result : differing(data, result);
    };
    return this.#ask((module, token) => module.function(token, sessionId, ifVersion, replace), options, made);
  }

  async removeSession(sessionId, given = {}) {
    const options = only(given, "options", WRITE);
    await this.#write([removed(sessionId, options.ifVersion, "")], options);
  }

  async configureSession(sessionId, settings, given = {}) {
    const options = only(given, "options", ["signal"]);
    id(sessionId, "id");
    const asked = only(settings, "settings", [...SETTINGS, "resetRequests"]);
    const { resetRequests = false } = asked;
    const stated = terms(asked, "settings");
    if (typeof resetRequests !== "boolean") throw wrong("settings.resetRequests", "true or false", resetRequests);
    if (!resetRequests && SETTINGS.every((name) => asked[name] === undefined)) throw wrong("settings", `an object with ${SETTINGS.join(", ")} or resetRequests: true`, settings);
    return this.#write([(module) => module.configure(sessionId, ...stated, resetRequests)], options);
  }

  async recoverSession(sessionId, given = {}) {
    const options = only(given, "options", ["signal"]);
    id(sessionId, "id");
    return this.#write([(module) => module.configure(sessionId, NaN, undefined, NaN, false)], options);
  }

  async touchSession(sessionId, given = {}) {
    const options = only(given, "options", ["signal"]);
    id(sessionId, "id");
    await this.#ask((module, token) => module.touch(token, sessionId), options);
  }

  async recordRequest(sessionId, request, given = {}) {
    const options = only(given, "options", ["signal"]);
    id(sessionId, "id");
    const { ms, url } = only(request, "request", ["ms", "url"]);
    number(ms, "request.ms", 0, DAY);
    const address = url === undefined ? undefined : absolute(url, "request.url");
    await this.#ask((module, token) => module.record(token, sessionId, ms, address), options);
  }

  async cleanupExpiredSessions(given = {}) {
    const options = only(given, "options", ["signal"]);
    return this.#ask((module, token) => module.ask(token, CLEAN_UP), options);
  }

  async validateSession(sessionId) {
    id(sessionId, "id");
    await this.#askInTime(REFRESH);
    const session = this.#core.session(sessionId);
    return session !== null && session.version !== null && session.status === "valid";
  }

  async setActiveSession(sessionId, given = {}) {
    const options = only(given, "options", WRITE);
    if (options.ifVersion !== undefined) throw invalid("ifVersion", "must be left out: the last to switch wins.");
    await this.#write([activated(sessionId, "")], options);
  }

  async bulkUpdateSessions(changes, given = {}) {
    const options = only(given, "options", ["signal"]);
    if (!isArray(changes) || !changes.length) throw wrong("changes", "a list of at least one change", changes);
    const stages = [];
    for (let at = 0; at < changes.length; at++) stages.push(staged(changes[at], at));
    await this.#write(stages, options, true);
  }

  async requestStorageAccess() {
    // Beside the service's prompt, and not after it.
    if (this.#core.module) dialogs().catch(() => {});
    await this.#askInTime(ASK_ACCESS, "patient");
    return this.getSnapshot().storage;
  }

  metrics() {
    return this.#core.metrics();
  }

  report() {
    return this.#core.report(this.#final);
  }

  addEventListener(type) {
    this.#hearsAll ||= type === ALL;
    apply(super.addEventListener, this, arguments);
  }

  #open() {
    if (this.#closing) throw closed();
  }

  #ask(start, options, run) {
    this.#open();
    return this.#core.ask(this.#user, start, { __proto__: null, signal: signal(options.signal, "signal"), run });
  }

  #askInTime(what, inTime = true) {
    this.#open();
    return this.#core.ask(this.#user, (module, token) => module.ask(token, what), { __proto__: null, inTime });
  }

  #fresh() {
    return this.#askInTime(READ);
  }

  /** `stages` put one mutation each into the write; one that is not accepted throws. */
  #write(stages, options, bulk = false) {
    const start = (module, token) => {
      try {
        for (const stage of stages) stage(module);
      } catch (error) {
        module.unstage();
        throw error;
      }
      module.write(token, bulk);
    };
    return this.#ask(start, options);
  }

  #changed() {
    eachThat(() => this.#listeners, ({ listener }) => guarded(() => listener()));
  }
}

/** Runs what belongs to the page. What it throws is told like any uncaught error, and stops nothing here. */
function guarded(run) {
  try {
    run();
  } catch (error) {
    report(error);
  }
}

/** What works when it is taken from a manager and called alone, as React calls `subscribe`. A class lists its constructor first. */
const METHODS = [...Object.getOwnPropertyNames(SessionManager.prototype).slice(1), "removeEventListener", "dispatchEvent"];

function added(session, path) {
  // Whole: what scripts put into Object.prototype would show in a part of it.
  const given = only(session, path, ["id", "userId", "data", ...SETTINGS]);
  const { id: sessionId = newId(), userId, data = {} } = given;
  id(sessionId, `${path}.id`);
  id(userId, `${path}.userId`);
  const text = json(data, `${path}.data`);
  const asked = terms(given, path);
  return (module) => written(module.add(sessionId, userId, text, ...asked), `${path}.data`);
}

/** Settings as the module takes them: not a number where nothing is asked for, infinite where there is to be no bound. */
function terms({ ttlMs, autoRenew, maxRequests }, path) {
  const bound = (value, name, least) => {
    if (value !== undefined && value !== null) number(value, `${path}.${name}`, least, 2 ** 52);
    return value === null ? Infinity : value ?? NaN;
  };
  if (autoRenew !== undefined && typeof autoRenew !== "boolean") throw wrong(`${path}.autoRenew`, "true or false", autoRenew);
  const limit = bound(maxRequests, "maxRequests", 1);
  // Not a number: none is asked for.
  if (limit % 1) throw wrong(`${path}.maxRequests`, "a whole number", maxRequests);
  return [bound(ttlMs, "ttlMs", 60_000), autoRenew, limit];
}

/** What is told of an address: scheme, host and path. Of one without a host the scheme alone, as a `data:` address is what it holds. */
function absolute(url, path) {
  try {
    if (typeof url !== "string" && !(url instanceof URL)) throw url;
    const { protocol, host, pathname } = new URL(url, globalThis.document?.baseURI);
    return host ? `${protocol}//${host}${pathname}`.slice(0, MOST_URL) : protocol;
  } catch {
    throw wrong(path, "an address, absolute or relative to the document", url);
  }
}

/** `what`: a "patch" of the data, or the new "data" whole. */
function updated(sessionId, value, ifVersion, path, what) {
  id(sessionId, `${path}id`);
  version(ifVersion, `${path}ifVersion`);
  const text = json(value, path + what);
  return (module) => written(module.update(sessionId, text, ifVersion, what === "data"), path + what);
}

/** Ids are checked already: what the module does not take is the text. */
function written(accepted, path) {
  if (!accepted) throw unwritten(path);
}

function removed(sessionId, ifVersion, path) {
  id(sessionId, `${path}id`);
  version(ifVersion, `${path}ifVersion`);
  return (module) => module.remove(sessionId, ifVersion);
}

function activated(sessionId, path) {
  if (sessionId !== null) id(sessionId, `${path}id`);
  return (module) => module.activate(sessionId);
}

const MEMBERS = { __proto__: null, add: ["op", "session"], update: ["op", "id", "patch", "ifVersion"], replace: ["op", "id", "data", "ifVersion"], remove: ["op", "id", "ifVersion"], activate: ["op", "id"] };

function staged(given, at) {
  const path = `changes[${at}]`;
  if (typeof given !== "object" || !given) throw wrong(path, "an object", given);
  const { op } = given;
  if (typeof op !== "string" || !MEMBERS[op]) throw wrong(`${path}.op`, "add, update, replace, remove or activate", op);
  const change = only(given, path, MEMBERS[op]);
  if (op === "add") return added(change.session, `${path}.session`);
  const what = { update: "patch", replace: "data" }[op];
  if (what) return updated(change.id, change[what], change.ifVersion, `${path}.`, what);
  if (op === "remove") return removed(change.id, change.ifVersion, `${path}.`);
  return activated(change.id, `${path}.`);
}

/** 128 bits, in every context: `randomUUID` is only there in secure ones. */
function newId() {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += (byte + 0x100).toString(16).slice(1);
  return text;
}
