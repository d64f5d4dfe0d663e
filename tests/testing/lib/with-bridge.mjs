// A bridge for one test, and what such tests count in.
import { createTestBridge } from "../../../dist/testing.js";

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
export const APP = "https://app.example";
export const SHOP = "https://shop.example";

/** Runs `task` with a bridge that has one session, "a", and closes it. */
export async function withBridge(options, task) {
  // A check every ten seconds would be most of what a week of these tests does.
  const bridge = await createTestBridge({ now: 1_000_000_000_000, manager: { heartbeatMs: DAY }, ...options });
  try {
    return await task({ ...bridge, shown: (manager = bridge.manager, id = "a") => manager.getSnapshot().sessions.find((session) => session.id === id) });
  } finally {
    await bridge.close();
  }
}
export const withOne = (session, task, options) => withBridge({ sessions: [{ id: "a", userId: "u", data: { n: 0 }, ...session }], ...options }, task);
