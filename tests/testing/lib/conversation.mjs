// One conversation of two sites with their service, step by step. Every step runs in one of two pages, and may use what the
// page has for it: `manager`, `note(text, value)` for the page's log, and `ended(name, promise)`, which notes how it ended.
// A step is shipped to a browser as text, so it can use nothing else.

/** The grants of the two sites, `a` and `b`, as the origins of the run make them. */
export const grants = ({ a, b }) => [
  { origin: a, read: "*", write: true },
  { origin: b, read: ["name", "cart"], write: ["update", "remove", "activate"] },
];

export const conversation = [
  {
    name: "add, with data of every kind, and what is shown meanwhile",
    at: "a",
    run: async ({ manager, note, ended }) => {
      const adding = manager.addSession({ id: "ada", userId: "u1", data: { name: "Ada", cart: { items: [1, "2", null, { deep: [true] }] }, secret: "s", float: 0.5, text: "ä€😀\u0000" } });
      note("shown at once", manager.getSnapshot().sessions);
      note("counted as pending", manager.getSnapshot().pendingWrites);
      await ended("add", adding);
      note("kept", await manager.getSession("ada"));
    },
  },
  {
    name: "the same object until it changes",
    at: "a",
    run: async ({ manager, note, ended }) => {
      await ended("add another", manager.addSession({ id: "bob", userId: "u2", data: { name: "Bob" } }));
      const before = manager.getSnapshot();
      note("same snapshot", before === manager.getSnapshot());
      const [ada, bob] = before.sessions;
      await ended("update", manager.updateSession("bob", { name: "Bobby" }));
      const after = manager.getSnapshot();
      note("another snapshot", after !== before);
      note("ada is the same", after.sessions[0] === ada);
      note("bob is another", after.sessions[1] !== bob);
      note("frozen", [after, after.sessions, after.sessions[0], after.sessions[0].data.cart.items].every(Object.isFrozen));
    },
  },
  { name: "another site is shown its part", at: "b", run: async ({ manager, note }) => note("sessions", manager.getSnapshot().sessions) },
  {
    name: "what its grant does not allow is forbidden",
    at: "b",
    run: async ({ manager, ended }) => {
      await ended("add", manager.addSession({ id: "eve", userId: "u3" }));
      await ended("update of what it does not see", manager.updateSession("ada", { secret: "mine" }));
      await ended("update of what it sees", manager.updateSession("ada", { cart: { items: ["b"] } }));
    },
  },
  {
    name: "patches: members go, objects merge, lists are replaced",
    at: "a",
    run: async ({ manager, ended }) => {
      await ended("nested", manager.updateSession("ada", { cart: { total: 3, note: { a: 1 } } }));
      await ended("removed", manager.updateSession("ada", { cart: { note: null }, secret: null, absent: null }));
      await ended("nothing changes", manager.updateSession("ada", {}));
      await ended("no such session", manager.updateSession("nobody", { a: 1 }));
    },
  },
  {
    name: "functions, several at once",
    at: "a",
    run: async ({ manager, ended }) => {
      const more = () => manager.updateSession("ada", (data) => ({ count: (data.count ?? 0) + 1 }));
      await Promise.all([ended("one", more()), ended("two", more()), ended("three", more())]);
      await ended("one that throws", manager.updateSession("ada", () => { throw new Error("of its own"); }));
      await ended("one that gives no patch", manager.updateSession("ada", () => 5));
    },
  },
  {
    name: "versions that are insisted on",
    at: "a",
    run: async ({ manager, note, ended }) => {
      const { version } = await manager.getSession("ada");
      await ended("right", manager.updateSession("ada", { checked: true }, { ifVersion: version }));
      await ended("old for nobody but this client", manager.updateSession("ada", { checked: 2 }, { ifVersion: version }));
      await ended("removal of what is not there", manager.removeSession("nobody", { ifVersion: 1 }));
      note("version rose", (await manager.getSession("ada")).version > version);
    },
  },
  {
    name: "a version from before another client's change",
    at: "b",
    run: async ({ manager, ended }) => {
      await ended("update", manager.updateSession("bob", { name: "Robert" }, { ifVersion: 1 }));
      await ended("removal", manager.removeSession("bob", { ifVersion: 1 }));
    },
  },
  {
    name: "all or nothing",
    at: "a",
    run: async ({ manager, ended }) => {
      await ended("a bulk that fails", manager.bulkUpdateSessions([
        { op: "add", session: { id: "cat", userId: "u3" } },
        { op: "update", id: "nobody", patch: { a: 1 } },
      ]));
      await ended("a bulk", manager.bulkUpdateSessions([
        { op: "add", session: { id: "cat", userId: "u3", data: { name: "Cat" } } },
        { op: "update", id: "ada", patch: { name: "Lovelace" } },
        { op: "remove", id: "bob" },
        { op: "activate", id: "cat" },
      ]));
    },
  },
  {
    name: "active sessions",
    at: "b",
    run: async ({ manager, note, ended }) => {
      note("active", manager.getSnapshot().activeSession?.id);
      await ended("activate", manager.setActiveSession("ada"));
      await ended("nobody", manager.setActiveSession("nobody"));
      await ended("none", manager.setActiveSession(null));
      note("active", (await manager.getActiveSession())?.id);
    },
  },
  {
    name: "what goes, goes",
    at: "a",
    run: async ({ manager, ended }) => {
      await ended("activate", manager.setActiveSession("cat"));
      await ended("remove", manager.removeSession("cat"));
      await ended("once more", manager.removeSession("cat"));
      await ended("twice", manager.addSession({ id: "ada", userId: "u1" }));
    },
  },
  {
    // Two sessions of one millisecond stand by their ids: those here do so, too, when the clock ticks between them.
    name: "several writes at once end in their order",
    at: "a",
    run: async ({ manager, ended }) => {
      const writes = ["k1", "k2", "k3"].map((id) => ended(`add ${id}`, manager.addSession({ id, userId: "u4" })));
      writes.push(ended("update", manager.updateSession("k2", { n: 2 })), ended("remove", manager.removeSession("k1")));
      await Promise.all(writes);
    },
  },
  {
    name: "writes that are given up",
    at: "a",
    run: async ({ manager, ended }) => {
      await ended("before it began", manager.addSession({ userId: "u5" }, { signal: AbortSignal.abort(new Error("given up")) }));
      const controller = new AbortController();
      const late = ended("after it ended", manager.addSession({ id: "four", userId: "u5" }, { signal: controller.signal }));
      await late;
      controller.abort();
    },
  },
  {
    name: "lifetimes",
    at: "a",
    run: async ({ manager, note, ended }) => {
      const { createdAt, expiresAt } = await manager.addSession({ id: "brief", userId: "u6", ttlMs: 60_000, autoRenew: false });
      note("lives for", expiresAt - createdAt);
      await ended("touch", manager.touchSession("brief"));
      await ended("touch of nobody", manager.touchSession("nobody"));
      await ended("configure", manager.configureSession("brief", { ttlMs: null, autoRenew: true }));
      await ended("configure nobody", manager.configureSession("nobody", { autoRenew: true }));
      await ended("configure nothing", manager.configureSession("brief", {}));
      await ended("recover", manager.recoverSession("brief"));
      await ended("valid", manager.validateSession("brief"));
      await ended("nobody is valid", manager.validateSession("nobody"));
      await ended("remove", manager.removeSession("brief"));
    },
  },
  {
    name: "what a site may do to lifetimes",
    at: "b",
    run: async ({ manager, ended }) => {
      await ended("add", manager.addSession({ id: "seven", userId: "u7", ttlMs: 60_000 }));
      await ended("configure", manager.configureSession("ada", { autoRenew: false }));
      await ended("touch", manager.touchSession("ada"));
      await ended("recover", manager.recoverSession("ada"));
    },
  },
  {
    name: "arguments that are not acceptable",
    at: "a",
    run: async ({ manager, ended }) => {
      await ended("a date", manager.addSession({ userId: "u", data: { at: new Date(0) } }));
      await ended("a big number", manager.updateSession("ada", { big: 5n }));
      await ended("no user", manager.addSession({ id: "x" }));
      await ended("too short a life", manager.addSession({ userId: "u", ttlMs: 59_999 }));
      await ended("an unknown option", manager.removeSession("ada", { force: true }));
      await ended("too large", manager.updateSession("ada", { text: "x".repeat(70_000) }));
    },
  },
  {
    name: "reading",
    at: "b",
    run: async ({ manager, note, ended }) => {
      note("valid", manager.isCacheValid());
      manager.invalidateCache();
      note("invalidated", manager.isCacheValid());
      await ended("refresh", manager.refresh());
      note("valid", manager.isCacheValid());
      note("all", (await manager.getAllSessions()).map(({ id }) => id));
      note("none", await manager.getSession("nobody"));
    },
  },
  {
    name: "a listener that throws, one that unsubscribes, one that writes",
    at: "a",
    run: async ({ manager, note, ended }) => {
      const heard = [];
      const ends = [
        manager.subscribe(() => heard.push("first")),
        manager.subscribe(() => heard.push("second")),
      ];
      await ended("update", manager.updateSession("k2", { n: 3 }));
      note("both heard", ["first", "second"].every((name) => heard.includes(name)));
      ends[0]();
      heard.length = 0;
      await ended("update", manager.updateSession("k2", { n: 4 }));
      note("one heard", [...new Set(heard)]);
      ends[1]();
    },
  },
  {
    name: "closing takes along what was asked for",
    at: "b",
    run: async ({ manager, note, ended }) => {
      const last = ended("last write", manager.updateSession("ada", { name: "Augusta" }));
      await manager.close();
      await last;
      note("status", manager.getSnapshot().status);
      await ended("write after that", manager.updateSession("ada", { name: "late" }));
      await ended("closing again", manager.close());
    },
  },
  { name: "what the other site sees of that", at: "a", run: async ({ manager, note }) => note("ada", (await manager.getSession("ada")).data) },
];

/** What a page needs for its steps. It keeps all that its manager tells in `log`, in the order in which it is told. */
export function equip(manager) {
  const log = [];
  const plain = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
  const note = (text, value) => log.push([text, plain(value)]);
  const failure = (error) => ({ code: error.code ?? null, name: error.name, message: error.message, retryable: error.retryable ?? null });
  const ended = (name, promise) => promise.then((value) => note(`${name}: resolved`, value), (error) => note(`${name}: rejected`, failure(error)));
  const types =
    "session_created session_updated session_terminated session_expired active_session_changed connection_established connection_lost connection_restored write_rolled_back error_occurred";
  for (const type of types.split(" ")) {
    manager.addEventListener(type, ({ detail }) => note(`event ${type}`, detail.error ? { ...detail, error: failure(detail.error) } : detail));
  }
  const shown = () => {
    const { sessions, activeSession, status, reason, pendingWrites, stale, lastError } = manager.getSnapshot();
    return { sessions: sessions.map(({ id, pending, data }) => ({ id, pending, data })), active: activeSession?.id, status, reason, pendingWrites, stale, lastError };
  };
  let last;
  manager.subscribe(() => {
    const now = JSON.stringify(shown());
    if (now !== last) note("shows", JSON.parse(now));
    last = now;
  });
  return { manager, log, note, ended };
}
