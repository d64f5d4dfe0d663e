// What every new session begins with.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestBridge } from "../../dist/testing.js";
import { APP, SHOP, withBridge } from "./lib/with-bridge.mjs";

describe("the owner's defaults", () => {
  const grants = [{ origin: APP, read: "*", write: true }, { origin: SHOP, read: ["theme", "userId"], write: true }];

  test("stand in every key that the page does not give, in keys too that its site does not see", () =>
    withBridge({ origin: APP, grants, defaults: { data: { theme: { name: "light", size: 1 }, plan: "free", none: null } } }, async ({ manager, createManager, advance }) => {
      const shop = createManager({ origin: SHOP });
      await shop.waitForReady();
      const { data: seen } = await shop.addSession({ id: "a", userId: "u", data: { theme: { name: "dark" } } });
      assert.deepEqual(seen, { theme: { name: "dark" } });
      await advance();
      assert.deepEqual((await manager.getSession("a")).data, { plan: "free", none: null, theme: { name: "dark" } });
      const { data } = await manager.addSession({ userId: "u", data: { plan: null } });
      assert.deepEqual(data, { theme: { name: "light", size: 1 }, none: null, plan: null });
      await manager.bulkUpdateSessions([{ op: "add", session: { id: "b", userId: "u" } }]);
      assert.equal((await manager.getSession("b")).data.plan, "free");
      await assert.rejects(shop.addSession({ userId: "u", data: { plan: "paid" } }), { code: "forbidden" });
    }));

  test("what is none is refused at the start", async () => {
    for (const [defaults, named] of [[[], "defaults"], [{ data: [] }, "defaults.data"], [{ dat: {} }, "defaults.dat"], [{ data: { n: 1n } }, "defaults.data"], [{ data: { n: "x".repeat(65_536) } }, "defaults.data"]]) {
      await assert.rejects(createTestBridge({ defaults }), (error) => error.code === "invalid_argument" && error.message.includes(named), named);
    }
  });
});
