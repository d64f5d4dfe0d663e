// Data in is data out, through the real module and the real service in a page; and a page that signs out and at once in again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "./in-page.mjs";

test("null members are kept, by what adds and by what replaces; a function touches what it changes", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    const user = { name: "Ada", email: null, n: 1, address: { street: null, geo: [null] } };
    const { id, data } = await manager.addSession({ userId: "u", data: user });
    const counted = await manager.updateSession(id, (d) => ({ ...d, n: d.n + 1 }));
    const merged = await manager.updateSession(id, { name: null, address: { city: "London" } });
    const replaced = await manager.updateSession(id, { email: null, list: [] }, { replace: true });
    const made = await manager.updateSession(id, (d) => ({ was: Object.keys(d), none: null }), { replace: true });
    await manager.bulkUpdateSessions([{ op: "replace", id, data: { whole: null } }]);
    const [last] = await manager.getAllSessions();
    const wrong = [];
    for (const replace of [1, "yes", null]) wrong.push(await refusal(manager.updateSession(id, {}, { replace })));
    const refused = [];
    for (const replace of [false, true]) refused.push(await refusal(manager.updateSession(id, () => ({ at: new Date() }), { replace })));
    const nulled = await manager.updateSession(id, (d) => ({ ...d, whole: null, more: 1 }));
    await manager.updateSession(id, { whole: 1 });
    const gone = await manager.updateSession(id, (d) => ({ ...d, whole: null }));
    await manager.removeSession(id);
    return { data, counted: counted.data, merged: merged.data, replaced: replaced.data, made: made.data, last: last.data, wrong, refused, nulled: nulled.data, gone: gone.data };
  });
  assert.deepEqual(seen.data, { name: "Ada", email: null, n: 1, address: { street: null, geo: [null] } });
  assert.deepEqual(seen.counted, { ...seen.data, n: 2 });
  assert.deepEqual(seen.merged, { email: null, n: 2, address: { street: null, geo: [null], city: "London" } });
  assert.deepEqual(seen.replaced, { email: null, list: [] });
  assert.deepEqual(seen.made, { was: ["email", "list"], none: null });
  assert.deepEqual(seen.last, { whole: null });
  for (const [code, message] of seen.wrong) assert.ok(code === "invalid_argument" && message.startsWith("replace "), message);
  assert.deepEqual(seen.refused.map(([code, message]) => [code, message.split(" ")[0]]), [["invalid_argument", "patch().at"], ["invalid_argument", "patch().at"]]);
  assert.deepEqual([seen.nulled, seen.gone], [{ whole: null, more: 1 }, { more: 1 }]);
});

test("a page that removes a session may add it again, whatever the way", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    const lost = [];
    manager.addEventListener("write_rolled_back", ({ detail }) => lost.push(detail.error.code));
    const flashes = [];
    const session = { id: "x", userId: "u" };
    await manager.addSession(session);
    const has = () => manager.getSnapshot().sessions.some(({ id }) => id === "x");
    const one = [manager.removeSession("x"), manager.addSession({ ...session, data: { way: 1 } })];
    const unsubscribe = manager.subscribe(() => flashes.push(has()));
    await Promise.all(one);
    await manager.bulkUpdateSessions([{ op: "remove", id: "x" }, { op: "add", session: { ...session, data: { way: 2 } } }]);
    unsubscribe();
    const other = make();
    await Promise.all([manager.removeSession("x"), other.addSession({ ...session, data: { way: 3 } })]);
    // As StrictMode does it with a fixed id: mounted, unmounted, mounted.
    const strict = { id: "strict", userId: "u" };
    await Promise.all([manager.addSession(strict), manager.removeSession("strict"), manager.addSession(strict)]);
    // In a listener that saw the removal.
    const again = new Promise((resolve) => {
      manager.addEventListener("session_terminated", () => resolve(manager.addSession({ ...session, data: { way: 4 } })), { once: true });
    });
    await manager.removeSession("x");
    await again;
    const shown = manager.getSnapshot().sessions.map(({ id, data }) => [id, data.way ?? null]).sort();
    await Promise.all([manager.removeSession("x"), manager.removeSession("strict")]);
    return { lost, shown, flashes };
  });
  assert.deepEqual(seen.lost, []);
  assert.deepEqual(seen.shown, [["strict", null], ["x", 4]]);
  assert.ok(seen.flashes.length > 0 && seen.flashes.every(Boolean), "it never shows as gone");
});

test("a refusal says what it is about, in the promise, the event and the snapshot", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    const events = [];
    manager.addEventListener("write_rolled_back", ({ detail }) => events.push(detail.error.message));
    const large = await refusal(manager.addSession({ id: "large", userId: "u", data: { text: "x".repeat(2_000) } }));
    const last = manager.getSnapshot().lastError.message;
    const { version } = await manager.addSession({ id: "v", userId: "u" });
    const beyond = await refusal(manager.updateSession("v", { a: 1 }, { ifVersion: version + 1_000 }));
    await manager.removeSession("v");
    return { large, last, events, beyond, declinedUntil: manager.getSnapshot().storage.declinedUntil };
  });
  const [code, message] = seen.large;
  assert.equal(code, "limit_exceeded");
  assert.ok(message.endsWith("It has 2011 bytes; `limits.dataBytes` is 1000."), message);
  assert.deepEqual([seen.last, seen.events[0]], [message, message]);
  assert.equal(seen.beyond[0], "conflict");
  assert.equal(seen.declinedUntil, null);
});
