// Functions of the page that a manager calls: listeners, and what stands in arguments.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "./in-page.mjs";

test("a listener that another ended in the middle of a round is not called in it, and one that was added is not yet", async () => {
  const seen = await inPage("siteA", async () => {
    const [one, two] = [make(), make()];
    await Promise.all([one.waitForReady(), two.waitForReady()]);
    const told = [];
    const ends = [];
    one.subscribe(() => {
      told.push("first");
      for (const end of ends.splice(0)) end();
      one.subscribe(() => told.push("new"));
    });
    ends.push(one.subscribe(() => told.push("ended")));
    ends.push(two.subscribe(() => told.push("ended, of another manager")));
    const heard = [];
    const ended = () => heard.push("ended");
    one.addEventListener("session_created", () => {
      heard.push("first");
      one.removeEventListener("session_created", ended);
      two.removeEventListener("session_created", ended);
      one.addEventListener("session_created", () => heard.push("new"));
    });
    one.addEventListener("session_created", ended);
    two.addEventListener("session_created", ended);
    const added = one.addSession({ id: "a", userId: "u" });
    const round = told.splice(0);
    await added;
    await Promise.all([one.close(), two.close()]);
    return { round, heard };
  });
  assert.deepEqual(seen, { round: ["first"], heard: ["first"] });
});

test("a manager that was closed in the middle of a round hears nothing of it", async () => {
  const seen = await inPage("siteA", async () => {
    window.fetch = () => Promise.reject(new Error("no network"));
    const [one, two] = [make(), make()];
    const told = [];
    one.subscribe(() => {
      told.push(`one ${one.getSnapshot().status}`);
      void two.close();
    });
    two.subscribe(() => told.push(`two ${two.getSnapshot().status}`));
    await failure(one.waitForReady());
    await two.close();
    const during = [...told];
    await one.close();
    return during;
  });
  // Its own end is news to its own listeners.
  assert.deepEqual(seen, ["one connecting", "two closed"]);
});

test("hostile 40: a callback that throws harms no other, and may call in", async () => {
  const seen = await inPage("siteA", async () => {
    const reported = [];
    addEventListener("error", (event) => {
      reported.push(event);
      event.preventDefault();
    });
    const manager = make();
    await manager.waitForReady();
    const told = [];
    manager.subscribe(() => {
      throw new Error("from a listener");
    });
    const end = manager.subscribe(() => told.push(manager.getSnapshot().sessions.length));
    manager.addEventListener("session_created", () => {
      throw new Error("from an event");
    });
    let inside;
    manager.addEventListener("session_created", ({ detail }) => {
      if (detail.session.id !== "a") return;
      void manager.addSession({ id: "b", userId: "u" });
      // Shown in the very task, although the core is in the middle of telling.
      inside = manager.getSnapshot().sessions.map(({ id, pending }) => [id, pending]);
    });
    await manager.addSession({ id: "a", userId: "u" });
    await tick();
    end();
    const failures = [
      await failure(manager.updateSession("a", () => { throw new TypeError("the function's own"); })),
      await failure(manager.updateSession("a", () => ({ at: new Date() }))),
      await failure(manager.updateSession("a", async () => ({}))),
    ];
    const count = told.length;
    await manager.addSession({ id: "c", userId: "u" });
    const result = { told: told.at(-1), quiet: told.length === count, inside, failures, ids: manager.getSnapshot().sessions.map(({ id }) => id).sort(), reported: reported.length };
    await manager.close();
    return result;
  });
  assert.deepEqual(seen.inside, [["a", false], ["b", true]]);
  assert.equal(seen.told, 2);
  assert.ok(seen.quiet);
  assert.deepEqual(seen.failures, ["the function's own", "invalid_argument", "invalid_argument"]);
  assert.deepEqual(seen.ids, ["a", "b", "c"]);
  assert.ok(seen.reported >= 3, "each is reported like any uncaught error");
});

test("a signal, a getter or a proxy of the page that throws refuses its own call at most", async () => {
  const seen = await inPage("siteA", async () => {
    addEventListener("error", (event) => event.preventDefault());
    const fails = (why) => () => {
      throw new Error(why);
    };
    const manager = make();
    await manager.waitForReady();
    const signal = (members) => ({ aborted: false, addEventListener() {}, removeEventListener() {}, ...members });
    const add = (options, session = { userId: "u" }) => failure(manager.addSession(session, options));
    const ends = [
      await add({ signal: signal({ removeEventListener: fails("removeEventListener") }) }),
      await add({ signal: signal({ addEventListener: fails("addEventListener") }) }),
      await add({ get signal() { throw new Error("signal"); } }),
      await add({ signal: Object.defineProperty(signal(), "aborted", { get: fails("aborted") }) }),
      await add({}, { userId: "u", get data() { throw new Error("data"); } }),
      await add({}, { userId: "u", data: { deep: [new Proxy({}, { ownKeys: fails("ownKeys") })] } }),
      await add({}, new Proxy({}, { get: fails("get") })),
      await failure(manager.updateSession("a", () => new Proxy({}, { getPrototypeOf: fails("getPrototypeOf") }))),
      await failure(manager.bulkUpdateSessions([{ op: "activate", id: null }, { get op() { throw new Error("op"); } }])),
    ];
    // Nothing of what was refused has been sent along with what comes next.
    await manager.addSession({ id: "last", userId: "u" });
    const { sessions, pendingWrites } = manager.getSnapshot();
    await manager.close();
    return { ends, count: sessions.length, pendingWrites };
  });
  assert.deepEqual(seen.ends, ["resolved", "addEventListener", "signal", "aborted", "data", "ownKeys", "get", "not_found", "op"]);
  assert.deepEqual([seen.count, seen.pendingWrites], [2, 0]);
});
