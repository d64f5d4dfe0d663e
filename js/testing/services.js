// The services in the frames of a bridge: one in each, and all with the same grants.
import { openService } from "realms";
import { readGrants } from "../grants.js";
import { modules } from "./modules.js";
import { Store } from "./world/store.js";
import { openWindow } from "./world/window.js";

export const SERVICE_URL = "https://accounts.example/session-bridge.html";
/** Where a page stands that adds what is there from the start. Nobody has such a name, so no grant of a test means it. */
export const OWNER = "https://owner.invalid";
const WHOLE = [{ origin: OWNER, read: "*", write: true, requests: true }];

export class Services {
  #world;
  #store = new Store();
  #grants;
  #options;
  #frames = new Set();
  #fail;
  /** Rejects with what keeps a service from starting. */
  failure = new Promise((_, reject) => (this.#fail = reject));

  /** @param {import("./world/world.js").World} world */
  constructor(world, { grants, service }) {
    [this.#world, this.#grants, this.#options] = [world, grants, service];
    this.failure.catch(() => {});
  }

  /**
   * Starts one in a frame of a page of `origin`. Answers with the window of that frame, the `service` once it has started, and
   * `end`, which makes an end of all that at once.
   */
  start(origin) {
    const { window, end } = openWindow(SERVICE_URL, modules().service, this.#world, { around: origin });
    const frame = { window, service: undefined, granted: origin === OWNER ? WHOLE : this.#grants };
    const ifThere = (run) => () => this.#frames.has(frame) && run();
    const storage = this.#store.of((run) => this.#world.later(ifThere(run)), (run) => this.#world.carry(ifThere(run)));
    const started = openService(window).startSessionService({ ...this.#options, grants: frame.granted, storage });
    started.then((service) => {
      frame.service = service;
      if (origin !== OWNER) this.#regrant(frame);
    }, this.#fail);
    this.#frames.add(frame);
    frame.end = () => {
      this.#frames.delete(frame);
      end();
    };
    return frame;
  }

  /** @throws {SessionError} `invalid_argument`, naming the grant; nothing is changed then */
  setGrants(grants) {
    readGrants(grants);
    this.#grants = grants;
    for (const frame of this.#frames) this.#regrant(frame);
  }

  #regrant(frame) {
    if (!frame.service || frame.granted === this.#grants) return;
    frame.granted = this.#grants;
    frame.service.setGrants(this.#grants);
  }
}
