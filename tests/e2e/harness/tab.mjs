import { callOf, onlyIn } from "./script.mjs";
import { until } from "./until.mjs";

/** One open page of one site, its manager at `window.sessionBridge`. */
export class Tab {
  /** @param {import("./engines/engine.mjs").Window} window */
  constructor(world, name, window) {
    this.world = world;
    /** Its site, with a number when it is not the site's first page. */
    this.name = name;
    this.window = window;
  }

  /** Runs `task` in the page. `values` may be functions too. */
  call(task, ...values) {
    return this.window.evaluate(callOf(task, values));
  }

  /** Runs `task` in the owner's frame; rejects while the owner's document is not in it. */
  async inService(task, ...values) {
    const { service } = this.world.origins;
    return this.window.evaluateInFrame(service, onlyIn(service, callOf(task, values)));
  }

  /** Whether the owner's document is in the frame. */
  hasService() {
    return this.inService(() => true).catch(() => false);
  }

  /** A plain copy of the manager's snapshot. */
  snapshot() {
    return this.call(() => JSON.parse(JSON.stringify(window.sessionBridge.getSnapshot())));
  }

  /** Waits for a snapshot that `condition` accepts, and answers it. */
  async untilSnapshot(condition, what, options) {
    let last;
    const describe = async () => {
      const { sessions, ...rest } = last ?? { sessions: [] };
      const complaints = (await this.window.complaints()).slice(-5);
      return { ...rest, activeSession: undefined, sessions: sessions.length, complaints };
    };
    return until(async () => {
      last = await this.snapshot();
      return condition(last) && last;
    }, `${what} on ${this.name}`, { describe, ...options });
  }

  /** Waits until the manager exists and is live. */
  async ready(options) {
    await until(() => this.call(() => Boolean(window.sessionBridge)), `the manager of ${this.name}`, {
      describe: () => this.window.complaints(),
      ...options,
    });
    return this.untilSnapshot((snapshot) => snapshot.status === "live", "a live connection", options);
  }

  /** From now on keeps every event of the manager, and the version of every snapshot, in `window.recorded`. */
  record() {
    return this.call(() => {
      const types = [
        "session_created", "session_updated", "session_terminated", "active_session_changed",
        "connection_lost", "connection_restored", "write_rolled_back", "error_occurred",
      ];
      window.recorded = [];
      window.sessionBridge.subscribe(() => {
        const version = window.sessionBridge.getSnapshot().version?.seq ?? null;
        if (version !== window.recorded.findLast(({ type }) => type === "snapshot")?.version) {
          window.recorded.push({ type: "snapshot", version });
        }
      });
      for (const type of types) {
        window.sessionBridge.addEventListener(type, ({ detail }) => {
          window.recorded.push({
            type,
            id: detail.session?.id ?? detail.id ?? null,
            version: detail.session?.version ?? null,
            count: detail.session?.data.count ?? null,
            code: detail.error?.code ?? null,
          });
        });
      }
    });
  }

  recorded() {
    return this.call(() => window.recorded);
  }

  close() {
    return this.window.close();
  }
}
