// The manager of one page, as programs hold it. All that it knows, it asks of the core.
import { id, json, only, signal, version } from "./check.js";
import { CONNECTING, closed, coreFor } from "./core.js";
import { invalid } from "./error.js";
import { readOptions } from "./options.js";

const { apply, defineProperty } = Reflect;
const WRITE = ["signal", "ifVersion"];

export class SessionManager extends EventTarget {
  #core;
  #listeners = new Set();
  #closing;
  /** What is shown for good once it is closed. */
  #final;
  /** How the core knows this manager. */
  #user = {
    changed: () => this.#changed(),
    raise: (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail })),
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
    return this.#askInTime((module, token) => module.ready(token));
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
    if (typeof listener !== "function") throw invalid("listener", "must be a function.");
    // A listener that subscribes twice is told twice, and each of the two ends by itself.
    const entry = { listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  async getAllSessions() {
    await this.#fresh();
    return this.getSnapshot().sessions;
  }

  async getSession(sessionId) {
    id(sessionId, "id");
    await this.#fresh();
    return this.#core.module?.session(sessionId) ?? null;
  }

  async getActiveSession() {
    await this.#fresh();
    return this.getSnapshot().activeSession;
  }

  async refresh() {
    return this.#askInTime((module, token) => module.refresh(token));
  }

  invalidateCache() {
    this.#core.module?.invalidate();
  }

  isCacheValid() {
    return this.#core.module?.isCacheValid() ?? false;
  }

  async addSession(session, options = {}) {
    only(options, "options", WRITE);
    if (options.ifVersion !== undefined) throw invalid("ifVersion", "has no meaning for a session that is new.");
    return this.#write([added(session, "session")], options);
  }

  async updateSession(sessionId, patch, options = {}) {
    only(options, "options", WRITE);
    if (typeof patch !== "function") return this.#write([updated(sessionId, patch, options.ifVersion, "")], options);
    id(sessionId, "id");
    const { ifVersion } = options;
    version(ifVersion, "ifVersion");
    return this.#ask((module, token) => module.function(token, sessionId, ifVersion), options, patch);
  }

  async removeSession(sessionId, options = {}) {
    only(options, "options", WRITE);
    await this.#write([removed(sessionId, options.ifVersion, "")], options);
  }

  async setActiveSession(sessionId, options = {}) {
    only(options, "options", WRITE);
    if (options.ifVersion !== undefined) throw invalid("ifVersion", "has no meaning here: the last to switch wins.");
    await this.#write([activated(sessionId, "")], options);
  }

  async bulkUpdateSessions(changes, options = {}) {
    only(options, "options", ["signal"]);
    if (!Array.isArray(changes) || !changes.length) throw invalid("changes", "must be a list of at least one change.");
    await this.#write(Array.from(changes, staged), options, true);
  }

  async requestStorageAccess() {
    await this.#askInTime((module, token) => module.askAccess(token), true);
    return this.getSnapshot().storage;
  }

  metrics() {
    return this.#core.metrics();
  }

  #open() {
    if (this.#closing) throw closed();
  }

  #ask(start, options, run) {
    this.#open();
    return this.#core.ask(this.#user, start, { signal: signal(options.signal, "signal"), run });
  }

  #askInTime(start, patient) {
    this.#open();
    return this.#core.askInTime(this.#user, start, patient);
  }

  #fresh() {
    return this.#askInTime((module, token) => module.read(token));
  }

  /** `stages` put one mutation each into the write, and say whether it was accepted. */
  #write(stages, options, bulk = false) {
    const start = (module, token) => {
      const accepted = stages.every((stage) => stage(module));
      if (accepted) module.write(token, bulk);
      else module.unstage();
      return accepted;
    };
    return this.#ask(start, options);
  }

  #changed() {
    for (const { listener } of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** What works when it is taken from a manager and called alone, as React calls `subscribe`. A class lists its constructor first. */
const METHODS = [...Object.getOwnPropertyNames(SessionManager.prototype).slice(1), "addEventListener", "removeEventListener", "dispatchEvent"];

function added(session, path) {
  only(session, path, ["id", "userId", "data"]);
  const { id: sessionId = newId(), userId, data = {} } = session;
  id(sessionId, `${path}.id`);
  id(userId, `${path}.userId`);
  const text = json(data, `${path}.data`);
  return (module) => module.add(sessionId, userId, text);
}

function updated(sessionId, patch, ifVersion, path) {
  id(sessionId, `${path}id`);
  version(ifVersion, `${path}ifVersion`);
  const text = json(patch, `${path}patch`);
  return (module) => module.update(sessionId, text, ifVersion);
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

const MEMBERS = { add: ["op", "session"], update: ["op", "id", "patch", "ifVersion"], remove: ["op", "id", "ifVersion"], activate: ["op", "id"] };

function staged(change, at) {
  const path = `changes[${at}]`;
  const op = change?.op;
  if (!Object.hasOwn(MEMBERS, op)) throw invalid(`${path}.op`, "must be add, update, remove or activate.");
  only(change, path, MEMBERS[op]);
  if (op === "add") return added(change.session, `${path}.session`);
  if (op === "update") return updated(change.id, change.patch, change.ifVersion, `${path}.`);
  if (op === "remove") return removed(change.id, change.ifVersion, `${path}.`);
  return activated(change.id, `${path}.`);
}

/** 128 bits, in every context: `randomUUID` is only there in secure ones. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
