// The manager as programs meet it, in a page: what is shared, what waits, what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "./in-page.mjs";

test("managers of one page share an iframe, counted", async () => {
  const seen = await inPage("siteA", async () => {
    const [one, two] = [make(), make()];
    const differs = [];
    for (const options of [{ ttlMs: 1 }, { backoff: { jitter: 0 } }, { container: document.body }, { debug: true }]) {
      try {
        make(options);
      } catch (error) {
        differs.push(error.code, error.message.split(" ")[0]);
      }
    }
    await Promise.all([one.waitForReady(), two.waitForReady()]);
    const together = frames_();
    await one.addSession({ id: "a", userId: "u" });
    const same = one.getSnapshot() === two.getSnapshot() && two.getSnapshot().sessions.length === 1;
    await one.close();
    const left = [frames_(), one.getSnapshot().status, two.getSnapshot().status];
    await two.addSession({ id: "b", userId: "u" });
    await two.close();
    const none = frames_();
    const again = make({ ttlMs: 1 });
    await again.waitForReady();
    const ids = (await again.getAllSessions()).map(({ id }) => id);
    await again.close();
    return { together, differs, same, left, none, ids };
  });
  assert.deepEqual(seen, {
    together: 1,
    differs: ["ttlMs", "backoff.jitter", "container", "debug"].flatMap((name) => ["invalid_argument", name]),
    same: true,
    left: [1, "closed", "live"],
    none: 0,
    ids: [],
  });
});

test("calls made before the module is there wait in order, and closing settles what is left", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    const early = [
      manager.addSession({ id: "a", userId: "u", data: { n: 1 } }),
      manager.updateSession("a", ({ n }) => ({ n: n + 1 })),
      manager.updateSession("a", { m: 1 }),
      manager.setActiveSession("a"),
    ];
    const data = { n: 5 };
    const kept = manager.addSession({ id: "b", userId: "u", data });
    data.n = 6;
    const snapshot = manager.getSnapshot() === manager.getServerSnapshot();
    const [added, updated] = await Promise.all(early);
    const { activeSession } = manager.getSnapshot();
    const result = [snapshot, added.id, updated.data.n, activeSession.data, (await kept).data];
    const closing = manager.close();
    const same = closing === manager.close();
    await closing;
    return { result, same, after: [await failure(manager.refresh()), manager.getSnapshot().sessions.length] };
  });
  assert.deepEqual(seen.result, [true, "a", 2, { n: 2, m: 1 }, { n: 5 }]);
  assert.equal(seen.same, true);
  assert.deepEqual(seen.after, ["closed", 2]);
});

test("what was written before the module is there is flushed by closing", async () => {
  const seen = await inPage("siteA", async () => {
    const alone = make();
    const writes = [alone.addSession({ id: "a", userId: "u" }), alone.updateSession("a", () => ({ n: 1 })), alone.setActiveSession("a")];
    await alone.close();
    const results = (await Promise.allSettled(writes)).map(({ status, reason }) => reason?.code ?? status);
    const last = [alone.getSnapshot().status, alone.getSnapshot().pendingWrites, alone.getSnapshot().activeSession?.data, frames_()];
    // One of two: what it wrote is flushed too, and the other goes on.
    const [leaves, stays] = [make({ ttlMs: 7 }), make({ ttlMs: 7 })];
    const write = failure(leaves.addSession({ id: "b", userId: "u" }));
    await leaves.close();
    const shared = [await write, await failure(stays.waitForReady()), stays.getSnapshot().sessions.map(({ id }) => id)];
    await stays.close();
    return { results, last, shared };
  });
  assert.deepEqual(seen.results, ["fulfilled", "fulfilled", "fulfilled"]);
  assert.deepEqual(seen.last, ["closed", 0, { n: 1 }, 0]);
  assert.deepEqual(seen.shared, ["resolved", "resolved", ["b"]]);
});

test("closing waits for a module no longer than for the service, and not at all where nothing was written", async () => {
  const seen = await inPage("siteA", async () => {
    window.fetch = () => new Promise(() => {});
    const [reads, writes] = [make({ requestTimeoutMs: 2 ** 31 - 1 }), make({ serviceUrl: `${serviceUrl}?other`, requestTimeoutMs: 300 })];
    const ready = failure(reads.waitForReady());
    const read = failure(reads.getAllSessions());
    await reads.close();
    const write = failure(writes.addSession({ userId: "u" }));
    const begun = performance.now();
    await writes.close();
    return { ends: [await ready, await read, await write], waited: performance.now() - begun >= 299, status: [reads, writes].map((manager) => manager.getSnapshot().status) };
  });
  assert.deepEqual(seen, { ends: ["closed", "closed", "closed"], waited: true, status: ["closed", "closed"] });
});

test("two managers that close before the module is there: what one of them has written is flushed, whichever closes last", async () => {
  const seen = await inPage("siteA", async () => {
    const results = [];
    for (const writerLast of [false, true]) {
      const [writes, idle] = [make(), make()];
      const added = failure(writes.addSession({ id: `a${writerLast}`, userId: "u" }));
      const ends = (writerLast ? [idle, writes] : [writes, idle]).map((manager) => manager.close());
      await Promise.all(ends);
      results.push(await added, frames_());
    }
    return results;
  });
  assert.deepEqual(seen, ["resolved", 0, "resolved", 0]);
});

test("a write that is aborted before it was sent is withdrawn; later only its promise ends", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    const before = new AbortController();
    const first = manager.addSession({ id: "a", userId: "u" }, { signal: before.signal });
    const shown = manager.getSnapshot().sessions.length;
    before.abort(new Error("changed my mind"));
    const withdrawn = manager.getSnapshot().sessions.length;
    const later = new AbortController();
    const second = manager.addSession({ id: "b", userId: "u" }, { signal: later.signal });
    await Promise.resolve();
    await new Promise((resolve) => queueMicrotask(resolve));
    later.abort();
    const result = [shown, withdrawn, await failure(first), (await second.catch((error) => error.name)), await failure(manager.addSession({ userId: "u" }, { signal: AbortSignal.abort() }))];
    await manager.refresh();
    result.push(manager.getSnapshot().sessions.map(({ id }) => id));
    await manager.close();
    return result;
  });
  assert.deepEqual(seen.slice(0, 4), [1, 0, "changed my mind", "AbortError"]);
  assert.deepEqual(seen[5], ["b"]);
});

test("what is no signal is refused before anything is sent, and any reason ends a promise", async () => {
  const seen = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    const refused = [];
    for (const signal of [{}, 5, "x", true, null]) {
      refused.push(await failure(manager.addSession({ userId: "u" }, { signal })), await failure(manager.updateSession("a", () => ({}), { signal })));
    }
    const pending = manager.getSnapshot().pendingWrites;
    const controller = new AbortController();
    const aborted = manager.addSession({ id: "a", userId: "u" }, { signal: controller.signal }).catch((reason) => ["rejected", reason]);
    controller.abort(null);
    await manager.addSession({ id: "b", userId: "u" });
    const threw = manager.updateSession("b", () => { throw null; }).catch((reason) => ["rejected", reason]);
    const result = { refused, pending, ended: [await aborted, await threw] };
    await manager.close();
    return result;
  });
  assert.deepEqual(seen, { refused: Array(10).fill("invalid_argument"), pending: 0, ended: Array(2).fill(["rejected", null]) });
});

test("a write gives its session although another removed it in the same moment", async () => {
  const given = await inPage("siteA", async () => {
    const manager = make();
    const writes = [
      manager.addSession({ id: "a", userId: "u", data: { n: 1 } }),
      manager.updateSession("a", { m: 1 }),
      manager.updateSession("a", ({ n }) => ({ n: n + 1 })),
      manager.removeSession("a"),
    ];
    const sessions = await Promise.all(writes);
    await manager.close();
    return sessions.map((session) => session?.data ?? null);
  });
  assert.deepEqual(given, [{ n: 1 }, { n: 1, m: 1 }, { n: 2, m: 1 }, null]);
});

test("reads wait no longer than they should for a module that does not come", async () => {
  const failures = await inPage("siteA", async () => {
    const { fetch } = window;
    window.fetch = () => new Promise(() => {});
    const manager = make({ requestTimeoutMs: 200 });
    const reads = [manager.waitForReady(), manager.getAllSessions(), manager.getSession("a"), manager.getActiveSession(), manager.refresh()];
    window.fetch = fetch;
    const ends = await Promise.all(reads.map((read) => Promise.race([failure(read), tick(5_000)])));
    await manager.close();
    return ends;
  });
  assert.deepEqual(failures, Array(5).fill("unreachable"));
});

test("refusals are typed, and a read-only page reads", async () => {
  const writer = await inPage("siteA", async () => {
    const manager = make();
    await manager.waitForReady();
    await manager.addSession({ id: "a", userId: "u", data: { name: "A" } });
    const [session] = manager.getSnapshot().sessions;
    const result = {
      refused: [
        await failure(manager.addSession({ id: "a", userId: "u" })),
        await failure(manager.updateSession("none", {})),
        await failure(manager.updateSession("none", () => ({}))),
        await failure(manager.removeSession("none")),
        await failure(manager.setActiveSession("none")),
        await failure(manager.addSession({ userId: "u", data: { long: "x".repeat(1_001) } })),
        await failure(manager.bulkUpdateSessions([{ op: "add", session: { id: "b", userId: "u" } }, { op: "remove", id: "none" }])),
      ],
      frozen: [session, session.data, manager.getSnapshot(), manager.getSnapshot().sessions, manager.getSnapshot().version].every(Object.isFrozen),
      same: [manager.getSnapshot() === manager.getSnapshot(), (await manager.getSession("a")) === session, await manager.getSession("none")],
      kept: manager.getSnapshot().sessions.map(({ id }) => id),
      error: manager.getSnapshot().lastError instanceof SessionError,
      counted: manager.metrics().writes.rolledBack > 0,
    };
    await manager.close();
    return result;
  });
  assert.deepEqual(writer.refused, ["already_exists", "not_found", "not_found", "not_found", "not_found", "limit_exceeded", "not_found"]);
  assert.ok(writer.frozen);
  assert.deepEqual(writer.same, [true, true, null]);
  assert.deepEqual(writer.kept, ["a"]);
  assert.ok(writer.counted);
  const reader = await inPage("siteB", async () => {
    const manager = make();
    await manager.waitForReady();
    const result = [await failure(manager.addSession({ userId: "u" })), (await manager.getAllSessions()).length];
    await manager.close();
    return result;
  });
  assert.deepEqual(reader, ["forbidden", 0]);
});

test("a module that cannot be loaded is told, and another manager tries again", async () => {
  const seen = await inPage("siteA", async () => {
    const lost = make({ wasm: "/none.wasm" });
    let told = 0;
    lost.subscribe(() => told++);
    const result = [await failure(lost.waitForReady()), await failure(lost.addSession({ userId: "u" }))];
    const { status, reason, lastError } = lost.getSnapshot();
    const found = make({ wasm: moduleUrl });
    await found.waitForReady();
    const live = found.getSnapshot().status;
    await found.close();
    await lost.close();
    return [...result, status, reason, lastError.code, told > 0, live];
  });
  assert.deepEqual(seen, ["unreachable", "unreachable", "connecting", "unreachable", "unreachable", true, "live"]);
});

test("many managers made and closed leave nothing behind", async () => {
  const left = await inPage("siteA", async () => {
    for (let round = 0; round < 30; round++) {
      const manager = make();
      if (round % 3 === 0) await manager.waitForReady();
      if (round % 3 === 1) await tick(5);
      await manager.close();
    }
    return frames_();
  });
  assert.equal(left, 0);
});
