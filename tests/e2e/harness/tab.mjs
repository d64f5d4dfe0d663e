import { until } from "./until.mjs";

/** One open page of one site, its manager at `window.sessionBridge`. */
export class Tab {
  constructor(world, site, page) {
    this.world = world;
    this.site = site;
    this.page = page;
    this.complaints = [];
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  /** Runs `task` in the page. */
  call(task, ...values) {
    return this.page.evaluate(task, ...values);
  }

  /** The owner's frame in this page, or undefined while there is none. */
  serviceFrame() {
    const origin = `${this.world.origins.service}/`;
    return this.page.frames().find((frame) => frame !== this.page.mainFrame() && frame.url().startsWith(origin));
  }

  /** A plain copy of the manager's snapshot. */
  snapshot() {
    return this.call(() => JSON.parse(JSON.stringify(window.sessionBridge.getSnapshot())));
  }

  /** Waits for a snapshot that `condition` accepts, and answers it. */
  async untilSnapshot(condition, what, options) {
    let last;
    const describe = () => {
      const { sessions, ...rest } = last ?? { sessions: [] };
      return { ...rest, activeSession: undefined, sessions: sessions.length, complaints: this.complaints.slice(-5) };
    };
    return until(async () => {
      last = await this.snapshot();
      return condition(last) && last;
    }, `${what} on ${this.site}`, { describe, ...options });
  }

  /** Waits until the manager exists and is live. */
  async ready(options) {
    await until(() => this.call(() => Boolean(window.sessionBridge)), `the manager of ${this.site}`, {
      describe: () => this.complaints,
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
    return this.page.close();
  }
}
