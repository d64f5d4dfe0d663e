// What an owner sees of a store and a page: counts of sessions.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestBridge } from "../../dist/testing.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = 1_000_000_000_000;

/** Runs `task` with a bridge, and closes it. */
async function withBridge(options, task) {
  // A check every ten seconds would be most of what a day of these tests does.
  const bridge = await createTestBridge({ now: NOW, manager: { heartbeatMs: DAY }, ...options });
  try {
    return await task(bridge);
  } finally {
    await bridge.close();
  }
}

describe("metrics of the service", () => {
  test("tell how many sessions are valid and expired now, and how old they are on average", () =>
    withBridge({}, async ({ manager, service, advance }) => {
      const stands = () => {
        const { sessions, valid, expired, meanAgeMs } = service.metrics();
        return [sessions, valid, expired, meanAgeMs];
      };
      assert.deepEqual(stands(), [0, 0, 0, 0]);
      const { createdAt } = await manager.addSession({ id: "short", userId: "u", ttlMs: MINUTE });
      await manager.addSession({ id: "long", userId: "u", ttlMs: null });
      assert.deepEqual(stands().slice(0, 3), [2, 2, 0]);
      await advance(MINUTE);
      const [, , , meanAgeMs] = stands();
      assert.deepEqual(stands().slice(0, 3), [2, 1, 1]);
      assert.ok(Number.isInteger(meanAgeMs) && meanAgeMs >= MINUTE && meanAgeMs < MINUTE + 100, `${meanAgeMs}`);
      await manager.recoverSession("short");
      assert.deepEqual(stands().slice(0, 3), [2, 2, 0]);
      await advance(MINUTE);
      assert.deepEqual(stands().slice(0, 3), [2, 1, 1]);
      await manager.removeSession("long");
      assert.deepEqual(stands().slice(0, 3), [1, 0, 1]);
      assert.ok(stands()[3] >= 2 * MINUTE && createdAt >= NOW);
    }));
});
