const { SessionError, SessionManager } = require("session-bridge");
const inline = require("session-bridge/inline");
const { serviceHeaders } = require("session-bridge/headers");
const { memoryProvider } = require("session-bridge/service");

test("a component that has a manager can be rendered: nothing throws, and the module is there", async () => {
  const sessions = new SessionManager({ serviceUrl: "https://accounts.example/service.html", requestTimeoutMs: 1_000, debug: false });
  expect(sessions.getSnapshot().status).toBe("connecting");
  const written = sessions.addSession({ userId: "u-1", data: { name: "Zoë" } }).catch((error) => error);
  await expect(sessions.waitForReady()).rejects.toThrow(SessionError);
  // Only the module shows a write that no service has seen.
  expect(sessions.getSnapshot().sessions[0].data).toEqual({ name: "Zoë" });
  await sessions.close();
  expect(await written).toMatchObject({ code: "closed" });
});

test("every entry can be required", async () => {
  expect(inline.SessionManager).toBe(SessionManager);
  expect(serviceHeaders({ grants: [{ origin: "https://shop.example", read: "*" }] })[0][1]).toContain("https://shop.example");
  expect(await memoryProvider().head()).toBeNull();
});
