// A manager at all of its work in a blank page, on whatever other people's scripts have made of that page.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { blankPages } from "../e2e/harness/blank.mjs";

export const stand = blankPages({ mounts: { "": fileURLToPath(new URL("page", import.meta.url)) }, setting: "allowed" });

/** In the page: keeps what the test itself needs, before anything is replaced. */
export function keep() {
  const { setTimeout, clearTimeout, Promise } = window;
  const LONG_MS = 60_000;
  window.kept = {
    uncaught: [],
    thrown: 0,
    /** How a promise ends. */
    end(promise) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve("never"), LONG_MS);
        const ended = (how) => {
          clearTimeout(timer);
          resolve(how);
        };
        promise.then(() => ended("done"), (error) => ended(error?.code ?? `${error?.message ?? error}`));
      });
    },
    soon: () => new Promise((resolve) => setTimeout(resolve)),
  };
  window.addEventListener("error", (event) => {
    kept.uncaught.push(event.message);
    event.preventDefault();
  });
}

/** In the page: all that a manager is there for. */
async function work({ serviceUrl, options, after }) {
  const { end } = kept;
  const { SessionManager } = await import("/package/manager.js");
  (0, eval)(`(${after})`)();
  const seen = {};
  const manager = new SessionManager({ serviceUrl, requestTimeoutMs: 20_000, ...options });
  let told = 0;
  const from = (whom) => () => {
    if (!kept.throws) return;
    kept.thrown++;
    throw new Error(`from ${whom}`);
  };
  manager.subscribe(from("subscribe"));
  for (const type of ["connection_established", "session_created", "write_rolled_back"]) manager.addEventListener(type, from("an event"));
  const rolledBack = [];
  manager.subscribe(() => told++);
  manager.addEventListener("write_rolled_back", ({ detail }) => rolledBack.push(`${detail.operation} ${detail.error.code}`));
  seen.ready = await end(manager.waitForReady());
  const data = { list: ["1", "2"], deep: [[{ n: 1.5, text: "a\"b", none: [null] }], []], yes: true, left: undefined };
  seen.added = await end(manager.addSession({ id: "a", userId: "u", data }));
  seen.bulk = await end(manager.bulkUpdateSessions([{ op: "add", session: { userId: "v", data: { list: [["3"], 4] } } }, { op: "activate", id: "a" }]));
  seen.patched = await end(manager.updateSession("a", { list: ["1", "2", "3"] }));
  seen.run = await end(manager.updateSession("a", ({ list }) => ({ count: list.length, types: list.map((item) => typeof item).join(" ") })));
  seen.refused = [
    await end(manager.addSession({ id: "a", userId: "u" })),
    await end(manager.addSession({ userId: "u", data: { list: [1n] } })),
    await end(manager.addSession({ userId: "u", data: { list: [undefined] } })),
    await end(manager.updateSession("a", { list: [[() => {}]] })),
    // Shown until the service refuses it.
    await end(manager.addSession({ userId: "u", data: { long: "x".repeat(1_001) } })),
  ];
  const { sessions, activeSession } = manager.getSnapshot();
  // As texts, by the browser's own hand: what is read here must not be put right on the way.
  const text = (value) => (typeof value !== "object" || !value ? `${typeof value} ${value}` : Object.isFrozen(value) && `${value.constructor.name}(${Object.getOwnPropertyNames(value).filter((name) => name !== "length").map((name) => `${name}: ${text(value[name])}`).join(", ")})`);
  seen.sessions = [...sessions].map((session) => text(session.data)).sort();
  seen.ids = [...sessions].map(({ id }) => (id === "a" ? id : /^[0-9a-f]{32}$/.test(id))).sort();
  seen.active = activeSession?.id;
  seen.removed = await end(manager.removeSession("a"));
  const last = manager.addSession({ id: "z", userId: "u" });
  seen.closed = await end(manager.close());
  seen.last = await end(last);
  seen.status = manager.getSnapshot().status;
  await kept.soon();
  return { ...seen, told: told > 0, rolledBack, frames: document.getElementsByTagName("iframe").length };
}

export const DONE = {
  ready: "done",
  added: "done",
  bulk: "done",
  patched: "done",
  run: "done",
  refused: ["already_exists", "invalid_argument", "invalid_argument", "invalid_argument", "limit_exceeded"],
  sessions: [
    'Object(list: Array(0: Array(0: string 3), 1: number 4))',
    'Object(list: Array(0: string 1, 1: string 2, 2: string 3), deep: Array(0: Array(0: Object(n: number 1.5, text: string a"b, none: Array(0: object null))), 1: Array()), yes: boolean true, count: number 3, types: string string string string)',
  ],
  ids: [true, "a"].sort(),
  active: "a",
  removed: "done",
  closed: "done",
  last: "done",
  status: "closed",
  told: true,
  rolledBack: ["addSession limit_exceeded"],
  frames: 0,
};

/** A blank page with these scripts and what `first` does there, then a manager at work in it. */
export async function worked({ scripts = [], first = () => {}, options = {}, after = () => {} }) {
  const page = await stand.open("siteA");
  try {
    await page.evaluate(keep);
    for (const path of scripts) await page.addScriptTag({ path });
    await page.evaluate(`(${first})()`);
    const seen = await page.evaluate(work, { serviceUrl: `${stand.origins.service}/service.html`, options, after: String(after) });
    return { seen, ...(await page.evaluate(() => ({ uncaught: kept.uncaught, thrown: kept.thrown }))) };
  } finally {
    await page.close();
  }
}

export async function works(scenario) {
  const { seen, uncaught } = await worked(scenario);
  assert.deepEqual(seen, DONE);
  return uncaught;
}
