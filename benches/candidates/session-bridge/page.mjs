// What ships, as it is built.

import { SessionManager } from "/package/manager.js";

import { loop, loopAsync } from "../../pages/clock.mjs";
import { idOf, sessionOf } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const manager = new SessionManager({ serviceUrl: url, ttlMs: 3_600_000 });
  await manager.waitForReady();
  const seen = new Map();
  const look = () => {
    const [first] = manager.getSnapshot().sessions;
    if (first) seen.get(first.data.edits)?.(performance.timeOrigin + performance.now());
  };
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
    saw: (edits) =>
      new Promise((resolve) => {
        if (seen.size === 0) manager.subscribe(look);
        seen.set(edits, resolve);
      }),
  };
};
