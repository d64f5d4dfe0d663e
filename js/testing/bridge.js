// A bridge: pages, each with the service in its frame, and the world that they are in.
import { openPage } from "realms";
import { number } from "../check.js";
import * as errors from "../error.js";
import { modules } from "./modules.js";
import { checkOrigin, readTestOptions } from "./options.js";
import { OWNER, SERVICE_URL, Services } from "./services.js";
import { Network } from "./world/network.js";
import { openWindow } from "./world/window.js";
import { World } from "./world/world.js";
import { watched } from "./watched.js";

export async function createTestBridge(options) {
  const settings = readTestOptions(options);
  const bridge = new Bridge(settings);
  try {
    return await bridge.start(settings);
  } catch (error) {
    await bridge.close();
    throw error;
  }
}

class Bridge {
  #world;
  #services;
  #network;
  #origin;
  #pages = [];
  /** Each with how many of its writes have not ended. */
  #managers = new Map();
  #closing;

  constructor({ now, origin, ...settings }) {
    this.#origin = origin;
    this.#world = new World(now, errors);
    this.#services = new Services(this.#world, settings);
    this.#network = new Network(this.#world, (origin) => this.#services.start(origin));
    this.#world.clock.hurries = () => this.#network.up && [...this.#managers].some(([manager, writes]) => writes && manager.getSnapshot().status === "live");
  }

  /** Has a page of the owner's own add the sessions, and then opens the one that the test is about. */
  async start({ sessions, active, manager: options }) {
    const orFails = (promise) => this.#world.until(Promise.race([promise, this.#services.failure]));
    if (sessions.length || active !== null) {
      const owner = this.createManager({ origin: OWNER });
      for (const session of sessions) await orFails(owner.addSession(session));
      if (active !== null) await orFails(owner.setActiveSession(active));
      await orFails(owner.close());
    }
    const { page, SessionManager } = this.#page(this.#origin);
    const manager = new SessionManager({ serviceUrl: SERVICE_URL, ...options });
    await orFails(manager.waitForReady()).catch((cause) => this.#explain(cause));
    return this.#face(manager, page);
  }

  createManager({ origin = this.#origin, ...options } = {}) {
    checkOrigin(origin, "origin");
    const { SessionManager } = this.#page(origin);
    return new SessionManager({ serviceUrl: SERVICE_URL, ...options });
  }

  close() {
    this.#closing ??= this.#world.until(Promise.all(Array.from(this.#managers.keys(), (manager) => manager.close()))).then(() => {});
    return this.#closing;
  }

  #face(manager, page) {
    const world = this.#world;
    const services = this.#services;
    let latest;
    // While a frame starts, the one before it says how things stood.
    const running = () => (latest = page.frame.service ?? latest);
    running();
    const service = {
      get storage() {
        return running().storage;
      },
      metrics: () => running().metrics(),
      setGrants: (grants) => services.setGrants(grants),
    };
    return Object.freeze({
      manager,
      service: Object.freeze(service),
      SessionManager: this.#page(this.#origin).SessionManager,
      createManager: (options) => this.createManager(options),
      advance: async (ms = 0) => world.advance(number(ms, "ms", 0, Number.MAX_SAFE_INTEGER)),
      disconnect: () => this.#disconnect(),
      reconnect: () => this.#reconnect(),
      close: () => this.close(),
    });
  }

  async #disconnect() {
    this.#network.up = false;
    for (const page of this.#pages) page.cut();
    await this.#world.settled();
  }

  async #reconnect() {
    this.#network.up = true;
    const lost = [...this.#managers.keys()].filter((manager) => manager.getSnapshot().status === "reconnecting");
    await this.#world.until(Promise.all(lost.map(live)));
  }

  /** A page of `origin`, and its `SessionManager`. */
  #page(origin) {
    const page = this.#network.page(origin);
    const { window } = openWindow(`${origin}/`, modules().manager, this.#world, { frames: page });
    this.#pages.push(page);
    return { page, SessionManager: watched(openPage(window).SessionManager, this.#managers) };
  }

  /** @throws {SessionError} what kept the manager from being live */
  #explain(cause) {
    if (cause.code !== "unreachable") throw cause;
    throw new errors.SessionError("unreachable", `No grant names "${this.#origin}", where the manager is: grant it, or set origin to a page that is granted.`, false, { cause });
  }
}

/** Resolves when `manager` is live. */
function live(manager) {
  return new Promise((resolve) => {
    let unsubscribe;
    const look = () => {
      if (manager.getSnapshot().status !== "live") return;
      unsubscribe?.();
      resolve();
    };
    unsubscribe = manager.subscribe(look);
    look();
  });
}
