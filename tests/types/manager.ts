// What an application's types become, through every method. `tsc` is the test: an expected error that does not come
// is an error too.
import { SessionError, SessionManager } from "session-bridge";
import type { AnySessionEvent, ConfirmedSession, Json, JsonObject, Patch, Session, SessionErrorCode, SessionEventMap, SessionManagerOptions, SessionRequests, SessionSettings, Snapshot, StorageStatus } from "session-bridge";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._: Same<A, B> extends true ? [] : ["not the same type"]): void => {};

type Role = { role: "author" };
interface Profile {
  name: string;
  tags: readonly string[];
  address?: { street: string; town: string };
}

const manager = new SessionManager<Role>({ serviceUrl: "https://accounts.example/service.html" });
const profiles = new SessionManager<Profile>({
  serviceUrl: new URL("https://accounts.example/service.html"),
  ttlMs: 1,
  requestTimeoutMs: 1,
  heartbeatMs: 1,
  backoff: { initialMs: 1, maxMs: 2, jitter: 0 },
  container: document.body,
  wasm: new Uint8Array(),
  debug: true,
});

// reads
const snapshot = manager.getSnapshot();
same<typeof snapshot, Snapshot<Role>>();
same<typeof snapshot.sessions, readonly Session<Role>[]>();
same<typeof snapshot.storage, StorageStatus>();
same<NonNullable<typeof snapshot.activeSession>["data"]["role"], "author">();
same<ReturnType<typeof manager.getServerSnapshot>, Snapshot<Role>>();
same<Awaited<ReturnType<typeof manager.getAllSessions>>, readonly Session<Role>[]>();
same<Awaited<ReturnType<typeof manager.getSession>>, Session<Role> | null>();
same<Awaited<ReturnType<typeof manager.getActiveSession>>, Session<Role> | null>();
const off: () => void = manager.subscribe(() => {});
off();
same<ReturnType<typeof manager.isCacheValid>, boolean>();

// writes
const added = await manager.addSession({ userId: "u", data: { role: "author" } });
same<typeof added, ConfirmedSession<Role>>();
const known: Session<Role> = added;
// Only what is confirmed has a version for sure.
await manager.updateSession(added.id, { role: null }, { ifVersion: added.version });
// @ts-expect-error
await manager.updateSession(known.id, { role: null }, { ifVersion: known.version });
const updated = await manager.updateSession("id", (data) => {
  same<typeof data, Role>();
  return { role: data.role };
});
same<typeof updated.data.role, "author">();
await manager.updateSession("id", { role: null }, { ifVersion: 3, signal: new AbortController().signal });
await manager.bulkUpdateSessions([
  { op: "add", session: { id: "a", userId: "u" } },
  { op: "update", id: "a", patch: { role: "author" }, ifVersion: 2 },
  { op: "remove", id: "b" },
  { op: "activate", id: null },
]);
same<Awaited<ReturnType<typeof manager.removeSession>>, void>();
same<Awaited<ReturnType<typeof manager.setActiveSession>>, void>();

// lifetimes
const settings: SessionSettings = { ttlMs: 60_000, autoRenew: false };
await manager.addSession({ userId: "u", ...settings });
await manager.addSession({ userId: "u", ttlMs: null });
await manager.bulkUpdateSessions([{ op: "add", session: { userId: "u", ttlMs: 60_000, autoRenew: true } }]);
const configured = await manager.configureSession("id", { ttlMs: null }, { signal: new AbortController().signal });
same<typeof configured, ConfirmedSession<Role>>();
await manager.configureSession("id", settings);
const recovered = await manager.recoverSession("id", { signal: new AbortController().signal });
same<typeof recovered, ConfirmedSession<Role>>();
await manager.updateSession(recovered.id, { role: null }, { ifVersion: recovered.version });
same<Session["requests"], SessionRequests>();
same<SessionRequests, { readonly count: number; readonly limit: number | null; readonly meanMs: number; readonly lastUrl: string | null }>();
await manager.addSession({ userId: "u", maxRequests: 10 });
await manager.configureSession("id", { maxRequests: null, resetRequests: true });
same<Awaited<ReturnType<typeof manager.recordRequest>>, void>();
await manager.recordRequest("id", { ms: 1.5 });
await manager.recordRequest("id", { ms: 1, url: new URL("https://api.example/") }, { signal: new AbortController().signal });
same<Awaited<ReturnType<typeof manager.touchSession>>, void>();
await manager.touchSession("id", { signal: new AbortController().signal });
same<Awaited<ReturnType<typeof manager.validateSession>>, boolean>();
same<Awaited<ReturnType<typeof manager.cleanupExpiredSessions>>, number>();
same<Session["status"], "valid" | "expired">();
same<Session["expiresAt"], number | null>();
same<Extract<SessionErrorCode, "expired">, "expired">();
manager.addEventListener("session_expired", ({ detail }) => same<typeof detail.session, Session<Role>>());

// patches are as deep as the data, and arrays are replaced whole
const patch: Patch<Profile> = { address: { town: null }, tags: ["a"], name: "n" };
await profiles.updateSession("id", patch);
await profiles.updateSession("id", ({ tags }) => ({ tags: [...tags, "b"] }));

// events
manager.addEventListener("session_updated", ({ detail }) => {
  same<typeof detail.session, Session<Role>>();
  same<typeof detail.previous.data.role, "author">();
});
manager.addEventListener("active_session_changed", ({ detail }) => same<typeof detail.session, Session<Role> | null>());
manager.addEventListener("write_rolled_back", ({ detail }) => same<typeof detail.error.code, SessionErrorCode>());
manager.addEventListener("connection_restored", ({ detail }) => same<typeof detail.replayed, number>(), { once: true });
manager.addEventListener("storage_changed", ({ detail }) => same<typeof detail, { readonly storage: StorageStatus }>());
same<Awaited<ReturnType<typeof manager.requestStorageAccess>>, StorageStatus>();
same<StorageStatus["upgrade"], "none" | "gesture" | "visit">();
same<ReturnType<typeof manager.metrics>["cache"]["hitRatio"], number>();

// errors
const error: unknown = null;
if (error instanceof SessionError) {
  same<typeof error.retryable, boolean>();
  // @ts-expect-error: no such code
  error.code === "nonsense";
}

// wrong uses
// @ts-expect-error: another role
await manager.addSession({ userId: "u", data: { role: "reader" } });
// @ts-expect-error: no user
await manager.addSession({ data: { role: "author" } });
// @ts-expect-error: no such member of the data
await manager.updateSession("id", { rule: "author" });
// @ts-expect-error: a function gives a patch, at once
await manager.updateSession("id", async () => ({}));
// @ts-expect-error: an array's items cannot be patched
await profiles.updateSession("id", { tags: { 0: "a" } });
// @ts-expect-error: what is shown is not to be changed
snapshot.sessions[0]!.data = { role: "author" };
// @ts-expect-error: nor the list
snapshot.sessions.push(added);
// @ts-expect-error: the service's address is required
new SessionManager({});
// @ts-expect-error: nothing to insist on: the last to switch wins
await manager.setActiveSession("id", { ifVersion: 1 });
// @ts-expect-error: no such operation
await manager.bulkUpdateSessions([{ op: "touch", id: "a" }]);
// @ts-expect-error: milliseconds are a number
await manager.addSession({ userId: "u", ttlMs: "60000" });
// @ts-expect-error: true or false
await manager.configureSession("id", { autoRenew: null });
// @ts-expect-error: something is to be changed
await manager.configureSession("id");
// @ts-expect-error: no such setting
await manager.configureSession("id", { ttl: 60_000 });
// @ts-expect-error: a touch has no version to insist on
await manager.touchSession("id", { ifVersion: 1 });
// @ts-expect-error how long it took
await manager.recordRequest("id", { url: "/" });
// @ts-expect-error: what is shown is not to be changed
recovered.expiresAt = null;

// methods work alone, for a linter too, and a subclass may override them
const { subscribe, getSnapshot } = manager;
const alone: ((this: void, listener: () => void) => () => void)[] = [subscribe];
same<ReturnType<typeof getSnapshot>, Snapshot<Role>>();
same<ThisParameterType<typeof manager.addSession>, void>();
class Own extends SessionManager<Role> {
  override getSnapshot(): Snapshot<Role> {
    return super.getSnapshot();
  }
}
alone.push(new Own({ serviceUrl: "/" }).subscribe);

// members of this version, and no others
type Absent = "putSession" | "ensureSession" | "fetch" | "getState" | "diagnose";
same<Extract<keyof SessionManager, Absent>, never>();
same<Extract<keyof SessionManagerOptions, "offline" | "csrf">, never>();

// data given whole
same<Awaited<ReturnType<typeof profiles.updateSession>>, ConfirmedSession<Profile>>();
profiles.updateSession("a", { name: "Ada", tags: [] }, { replace: true });
profiles.updateSession("a", (data) => ({ name: data.name, tags: data.tags }), { replace: true, ifVersion: 3 });
profiles.bulkUpdateSessions([{ op: "replace", id: "a", data: { name: "Ada", tags: [] }, ifVersion: 3 }]);
// @ts-expect-error what replaces is whole
profiles.bulkUpdateSessions([{ op: "replace", id: "a", data: { name: "Ada" } }]);
// @ts-expect-error a patch alone does not replace
profiles.updateSession("a", { name: null }, { replace: true });
same<StorageStatus["declinedUntil"], number | null>();

// a listener of all events is told which one it is
manager.addEventListener("*", (event) => {
  same<typeof event.detail, AnySessionEvent<Role>>();
  if (event.detail.type === "session_expired") same<typeof event.detail.session, Session<Role>>();
  if (event.detail.type === "connection_lost") same<typeof event.detail.reason, "silence" | "frame_gone" | "goodbye" | "offline">();
  // @ts-expect-error: not every event has one
  event.detail.session;
  // @ts-expect-error: no such event
  event.detail.type === "session-expired";
  // @ts-expect-error: it is not told of itself
  event.detail.type === "*";
});
same<AnySessionEvent["type"], Exclude<keyof SessionEventMap<JsonObject>, "*">>();
const report: Json = manager.report();
const said: Json | undefined = manager.report().correlationId;
export { report, said };

// only events that there are
manager.addEventListener("session_created", { handleEvent: ({ detail }) => same<typeof detail.session, Session<Role>>() });
manager.removeEventListener("session_created", null);
// @ts-expect-error: a name that is misspelt
manager.addEventListener("session-created", () => {});
// @ts-expect-error: the same where it ends
manager.removeEventListener("sessionCreated", () => {});
const target: EventTarget = manager;
target.addEventListener("of-my-own", () => {});
