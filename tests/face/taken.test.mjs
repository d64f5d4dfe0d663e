// Methods that are taken from what they belong to and called alone, as frameworks call them.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { SessionManager } from "../../dist/manager.js";
import { blankPages } from "../e2e/harness/blank.mjs";

const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });
const serviceUrl = "https://accounts.example/service.html";

test("a manager has every method of its class as a member of its own, and shows none of them in a list of its members", () => {
  const manager = new SessionManager({ serviceUrl });
  const methods = Object.getOwnPropertyNames(SessionManager.prototype).filter((name) => name !== "constructor");
  assert.ok(methods.length > 15);
  for (const name of [...methods, "addEventListener", "removeEventListener", "dispatchEvent"]) {
    assert.ok(Object.hasOwn(manager, name), name);
    assert.equal(manager[name], manager[name], "the same function each time");
  }
  assert.deepEqual(Object.keys(manager), []);
});

test("a subclass may override methods, and what it overrides works alone too", () => {
  class Counting extends SessionManager {
    count = 0;
    getSnapshot() {
      this.count++;
      return { ...super.getSnapshot(), counted: true };
    }
    getServerSnapshot = () => "mine";
  }
  const manager = new Counting({ serviceUrl });
  const { getSnapshot, getServerSnapshot } = manager;
  assert.equal(getSnapshot().counted, true);
  assert.equal(manager.getSnapshot().status, "connecting");
  assert.equal(manager.count, 2);
  assert.equal(getServerSnapshot(), "mine");
  manager.getSnapshot = () => "a test's own";
  assert.equal(manager.getSnapshot(), "a test's own");
});

test("every method of a manager that is live works alone", async () => {
  const page = await stand.open("siteA");
  const seen = await page.evaluate(async (service) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl: `${service}/service.html` });
    const { waitForReady, close, getSnapshot, getServerSnapshot, subscribe, getAllSessions, getSession, getActiveSession } = manager;
    const { refresh, invalidateCache, isCacheValid, addSession, updateSession, removeSession, setActiveSession } = manager;
    const { bulkUpdateSessions, requestStorageAccess, metrics, report, addEventListener, removeEventListener, dispatchEvent } = manager;
    let [told, heard] = [0, 0];
    const all = [];
    const hear = () => heard++;
    addEventListener("session_created", hear);
    addEventListener("*", ({ detail }) => all.push(detail.type));
    const end = subscribe(() => told++);
    await waitForReady();
    await addSession({ id: "a", userId: "u", data: { n: 1 } });
    await updateSession("a", ({ n }) => ({ n: n + 1 }));
    await setActiveSession("a");
    await bulkUpdateSessions([{ op: "add", session: { id: "b", userId: "u" } }]);
    removeEventListener("session_created", hear);
    await removeSession("b");
    await refresh();
    const valid = isCacheValid();
    invalidateCache();
    const result = {
      read: [(await getAllSessions()).length, (await getSession("a")).data.n, (await getActiveSession()).id],
      shown: [getSnapshot().status, getServerSnapshot().status, getSnapshot() === manager.getSnapshot()],
      valid: [valid, isCacheValid()],
      storage: typeof (await requestStorageAccess()).level,
      confirmed: metrics().writes.confirmed,
      reported: report().events.map(({ type }) => type),
      all,
      dispatched: dispatchEvent(new Event("x")),
      told: told > 0,
      heard,
    };
    end();
    await close();
    return { ...result, status: getSnapshot().status };
  }, stand.origins.service);
  await page.close();
  assert.deepEqual(seen.read, [1, 2, "a"]);
  assert.deepEqual(seen.shown, ["live", "connecting", true]);
  assert.deepEqual(seen.valid, [true, true]);
  assert.equal(seen.storage, "string");
  assert.equal(seen.confirmed, 5);
  assert.deepEqual(seen.reported, seen.all);
  assert.ok(seen.all.includes("session_terminated"), `${seen.all}`);
  assert.deepEqual([seen.dispatched, seen.told, seen.heard, seen.status], [true, true, 2, "closed"]);
});

test("what a service page gets works in parts", async () => {
  const page = await stand.browser.newPage();
  await page.goto(`${stand.origins.service}/service.html`);
  await page.waitForFunction(() => window.service);
  const seen = await page.evaluate(async () => {
    const { storage, metrics, setGrants, stop } = window.service;
    setGrants([{ origin: location.origin, read: "*" }]);
    const counted = typeof metrics().meanAgeMs;
    await stop();
    return [storage.level, counted];
  });
  await page.close();
  assert.deepEqual(seen, ["memory", "number"]);
});
