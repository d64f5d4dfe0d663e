/** @jest-environment node */
const { createTestBridge } = require("session-bridge/testing");

test("two sites without any document", async () => {
  expect(typeof document).toBe("undefined");
  const bridge = await createTestBridge({ grants: [{ origin: "https://a.example", read: "*", write: true }, { origin: "https://b.example", read: ["name"] }] });
  const b = bridge.createManager({ origin: "https://b.example" });
  await bridge.manager.addSession({ id: "s", userId: "u", data: { name: "Ada", secret: 1 } });
  await b.waitForReady();
  await bridge.advance();
  expect(b.getSnapshot().sessions).toMatchObject([{ id: "s", userId: "", data: { name: "Ada" } }]);
  await expect(b.removeSession("s")).rejects.toMatchObject({ code: "forbidden" });
  await bridge.close();
});
