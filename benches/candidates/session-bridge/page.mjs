// What ships, as it is built.

import { SessionManager } from "/package/manager.js";

import { loop, loopAsync } from "../../pages/clock.mjs";
import { PATIENCE_MS } from "../../pages/frame.mjs";
import { idOf, sessionOf } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const manager = new SessionManager({ serviceUrl: url, ttlMs: 3_600_000, requestTimeoutMs: PATIENCE_MS });
  await manager.waitForReady();
  const write = (at, edits) => manager.updateSession(idOf(at), { edits });
  return {
    add(at) {
      const { id, userId, data } = sessionOf(at, 0);
      return manager.addSession({ id, userId, data });
    },
    write,
    read: async () => (await manager.getAllSessions()).length,
    level: async () => manager.getSnapshot().storage.level,
    measures: {
      snapshot: (count) => loop(count, () => manager.getSnapshot().sessions.length),
      one: (count) => loopAsync(count, (at) => manager.getSession(idOf(at))),
    },
    tell: (edits) => write(0, edits),
    /** When a list that this page reads has that in it, in ms since 1970. */
    saw: (edits) =>
      new Promise((resolve) => {
        const unsubscribe = manager.subscribe(() => {
          const { data } = manager.getSnapshot().sessions.find(({ id }) => id === idOf(0));
          if (data.edits !== edits) return;
          unsubscribe();
          resolve(performance.timeOrigin + performance.now());
        });
      }),
  };
};
