// The types of a test bridge.
import { createTestBridge, SessionError } from "session-bridge/testing";
import type { TestBridge } from "session-bridge/testing";
import type { SessionManager } from "session-bridge";

interface Data {
  name: string;
}
const bridge: TestBridge<Data> = await createTestBridge<Data>({
  grants: [{ origin: "https://shop.example", read: ["name"], write: ["update"] }],
  sessions: [{ id: "ada", userId: "u1", data: { name: "Ada" } }],
  active: "ada",
  origin: "https://shop.example",
  limits: { sessions: 5 },
  defaultTtlMs: 3_600_000,
  recoveryMs: 60_000,
  maxLifetimeMs: null,
  manager: { ttlMs: 1_000 },
  now: Date.UTC(2026, 0, 1),
});
const manager: SessionManager<Data> = bridge.manager;
const { advance, disconnect, reconnect, close, createManager } = bridge;
const other: SessionManager<{ theme?: string }> = createManager<{ theme?: string }>({ origin: "https://app.example", debug: false });
const own: SessionManager<Data> = new bridge.SessionManager<Data>({ serviceUrl: "/service.html" });
bridge.service.setGrants([{ origin: "https://shop.example", read: "*" }]);
await advance();
await advance(1_000);
await disconnect();
await reconnect();
await close();
const error: Error = new SessionError();
export { error, manager, other, own };

// @ts-expect-error: no such option
await createTestBridge({ session: [] });
// @ts-expect-error: milliseconds are a number
await createTestBridge({ defaultTtlMs: "1h" });
// @ts-expect-error: the data of this bridge has a name
await createTestBridge<Data>({ sessions: [{ userId: "u", data: { nam: "Ada" } }] });
// @ts-expect-error: a time is a number
await advance("1 s");
