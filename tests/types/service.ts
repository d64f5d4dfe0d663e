// The service's types.
import { startSessionService } from "session-bridge/service";
import type { ServiceMetrics, SessionService, SessionServiceOptions, StorageStatus } from "session-bridge/service";

const service: SessionService = await startSessionService({
  grants: [
    { origin: "https://shop.example", read: "*", write: true },
    { origin: "http://localhost:8080", read: "*" },
    { origin: "https://*.shop.example", read: ["name", "userId"], write: ["update", "activate"] },
  ],
  storage: "indexeddb",
  name: "accounts",
  durability: "relaxed",
  cleanupMs: 60_000,
  defaults: { data: { theme: "light", shared: { n: 1, none: null } } },
  defaultTtlMs: 3_600_000,
  recoveryMs: 0,
  maxLifetimeMs: 86_400_000,
  limits: { sessions: 10, dataBytes: 100, totalBytes: 10_000, messageBytes: 2_000, writesPerSecond: 5 },
  prompt: {
    lang: "pt-BR",
    texts: { askTitle: "Share with {site}?", allow: "Yes" },
    siteName: (origin) => new URL(origin).hostname,
    ownerName: "Accounts",
    visitUrl: new URL("https://accounts.example/welcome"),
    quietMs: 60_000,
  },
  debug: false,
});
const storage: StorageStatus = service.storage;
const p99: number = service.metrics().commitMs.p99;
const { valid, expired, cleaned, meanAgeMs, requests }: ServiceMetrics = service.metrics();
const stands: number[] = [valid, expired, cleaned, meanAgeMs, requests.total, requests.meanMs];
service.setGrants([{ origin: "https://shop.example", read: [] }]);
await service.stop();
export { p99, stands, storage };

// @ts-expect-error: grants are required
await startSessionService({});
// @ts-expect-error: keys are text
await startSessionService({ grants: [{ origin: "https://shop.example", read: [1] }] });
// @ts-expect-error: one operation alone is a list too
await startSessionService({ grants: [{ origin: "https://shop.example", read: "*", write: "add" }] });
// @ts-expect-error: no such member
await startSessionService({ grants: [{ origin: "https://shop.example", read: "*", reads: "*" }] });
// @ts-expect-error: what is seen is said
service.setGrants([{ origin: "https://shop.example" }]);
// @ts-expect-error: no such place
const options: SessionServiceOptions = { grants: [], storage: "sessionstorage" };
export { options };
const unbounded: SessionServiceOptions = { grants: [], defaultTtlMs: null, maxLifetimeMs: null };
export { unbounded };
// @ts-expect-error: a session can be recovered for some time, or for none
await startSessionService({ grants: [], recoveryMs: null });
// @ts-expect-error: milliseconds are a number
await startSessionService({ grants: [], defaultTtlMs: "1h" });
// @ts-expect-error: no such text
await startSessionService({ grants: [], prompt: { texts: { alow: "Sure" } } });
