// The manager on pages that other people's scripts and markup live on: real libraries, what old ones are known to replace, and
// functions of the page that throw. Whatever is there, a manager does all its work and changes no data.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { root } from "../../scripts/lib/paths.mjs";
import { blankPages } from "../e2e/harness/blank.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const stand = blankPages({ mounts: { "": join(HERE, "page") }, setting: "allowed" });
const modules = join(root, "node_modules");
const MOOTOOLS = join(modules, "mootools/lib/mootools-core-1.5.2-server.js");
const ZONE = join(modules, "zone.js/bundles/zone.umd.js");
let bundles;

before(async () => {
  bundles = await mkdtemp(join(tmpdir(), "session-bridge-strangers-"));
  const stdin = { contents: 'export * from "@sinonjs/fake-timers";', resolveDir: root };
  await esbuild.build({ stdin, bundle: true, format: "iife", globalName: "FakeTimers", external: ["util", "timers", "timers/promises"], define: { global: "globalThis" }, outfile: join(bundles, "fake-timers.js") });
});
after(() => rm(bundles, { recursive: true }));

/** In the page: keeps what the test itself needs, before anything is replaced. */
function keep() {
  const { setTimeout, clearTimeout, Promise } = window;
  const LONG_MS = 30_000;
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
  const manager = new SessionManager({ serviceUrl, requestTimeoutMs: 2_000, ...options });
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

const DONE = {
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
async function worked({ scripts = [], first = () => {}, options = {}, after = () => {} }) {
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

async function works(scenario) {
  const { seen, uncaught } = await worked(scenario);
  assert.deepEqual(seen, DONE);
  return uncaught;
}

test("beside MooTools 1.5, which replaces Array.from and many another function", async () => {
  const first = () => {
    if (Array.from("12", Number)[0] !== "12" || MooTools.version !== "1.5.2") throw new Error("it is not there");
  };
  assert.deepEqual(await works({ scripts: [MOOTOOLS], first }), []);
  assert.deepEqual(await works({ scripts: [MOOTOOLS], first, options: { debug: true } }), []);
});

test("beside zone.js, loaded before and after", async () => {
  const isThere = () => {
    if (!window.Promise.toString().includes("Zone")) throw new Error("it is not there");
  };
  assert.deepEqual(await works({ scripts: [ZONE], first: isThere, options: { debug: true } }), []);
  const source = await readFile(ZONE, "utf8");
  assert.deepEqual(await works({ after: `() => { (0, eval)(${JSON.stringify(source)}); (${isThere})(); }` }), []);
});

test("with sinon's fake timers, installed once the script is loaded", async () => {
  const after = () => {
    window.clock = FakeTimers.install({ now: 5 });
    if (Date.now() !== 5 || performance.now() !== 0) throw new Error("they are not there");
  };
  assert.deepEqual(await works({ scripts: [join(bundles, "fake-timers.js")], after }), []);
});

/** What Prototype 1.7.3 and libraries of its time make of the language; each member shows in a `for in`. */
function old() {
  Array.from = (of) => (of && "toArray" in Object(of) ? of.toArray() : [].slice.call(of ?? []));
  Array.prototype.toArray = function () {
    return this.slice();
  };
  Array.prototype.entries = Array.prototype.toArray;
  const quoted = (value) => `"${value}"`;
  Array.prototype.toJSON = function () {
    return `[${this.map(quoted).join(", ")}]`;
  };
  for (const { prototype } of [String, Number, Boolean, Date]) {
    prototype.toJSON = function () {
      return quoted(this);
    };
  }
  Object.values = (of) => {
    const all = [];
    for (const name in of) all.push(of[name]);
    return all;
  };
  Object.prototype.toJSON = function () {
    return "an object";
  };
  Object.prototype.extend = function () {
    throw new Error("nobody asked for this");
  };
  if (JSON.stringify({}) !== '"an object"') throw new Error("it is not there");
}

test("beside scripts that replace Array.from and add toJSON to lists, texts and objects, as Prototype 1.7.3 does", async () => {
  assert.deepEqual(await works({ first: old }), []);
  assert.deepEqual(await works({ after: old }), []);
  assert.deepEqual(await works({ first: old, options: { debug: true } }), []);
});

/** Scripts that put functions of their own in place of what reads and writes JSON. */
const JSON_OF_ONES_OWN = {
  "that make numbers of texts": () => {
    const { parse } = JSON;
    JSON.parse = (text, revive = (_, value) => value) => parse(text, (name, value) => revive(name, typeof value === "string" && /^[0-9]+$/.test(value) ? Number(value) : value));
  },
  "that make dates of texts": () => {
    const { parse } = JSON;
    JSON.parse = (text, revive) => parse(text, (name, value) => (/^.1970|^1970/.test(value) ? new Date(value) : revive ? revive(name, value) : value));
  },
  "that know no second argument": () => {
    const { parse } = JSON;
    JSON.parse = (text) => parse(text);
  },
  "that alter texts": () => {
    const { stringify } = JSON;
    JSON.stringify = (value) => stringify(typeof value === "string" ? value.replace("1", "7") : value);
  },
  "that write letters as numbers": () => {
    const { stringify } = JSON;
    JSON.stringify = (value) => stringify(value)?.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  },
  "that throw": () => {
    JSON.parse = JSON.stringify = () => {
      throw new Error("replaced");
    };
  },
};

for (const [name, first] of Object.entries(JSON_OF_ONES_OWN)) {
  test(`beside functions for JSON ${name}`, async () => {
    assert.deepEqual(await works({ first }), []);
    const page = await stand.open("siteA");
    await page.evaluate(`(${first})()`);
    const texts = ["é😀\u2028", "\u0000\u0007\b\t\n\f\r\u001f\u007f", "\\\"/", "1970-01-01T00:00:00.000Z", "0049", ""];
    const data = { texts, "__proto__x": { [texts[0]]: [[], {}, [{}]] }, numbers: [0, -1.5, 1e300, 5e-324, 123456789012], words: [true, false, null] };
    const same = await page.evaluate(async (serviceUrl, data) => {
      const { SessionManager } = await import("/package/manager.js");
      const manager = new SessionManager({ serviceUrl });
      await manager.addSession({ id: "same", userId: "u", data });
      const shown = (value) => (typeof value === "object" && value ? Object.isFrozen(value) && Object.keys(value).map((name) => [name, shown(value[name])]) : value);
      const first = shown((await manager.getSession("same")).data);
      // Not a word of what is not touched changes.
      const { data: touched } = await manager.updateSession("same", (data) => ({ ...data, texts: [...data.texts], n: 1 }));
      await manager.removeSession("same");
      await manager.close();
      return [first, shown(touched)];
    }, `${stand.origins.service}/service.html`, data);
    await page.close();
    const shown = (value) => (typeof value === "object" && value ? Object.keys(value).map((name) => [name, shown(value[name])]) : value);
    assert.deepEqual(same, [shown(data), shown({ ...data, n: 1 })]);
  });
}

test("beside members that scripts put into Object.prototype: nobody's options, and nobody's data", async () => {
  const first = () => {
    for (const [name, value] of Object.entries({ replace: true, ifVersion: 7, signal: {}, id: "same", data: { of: "nobody" }, container: 5, wasm: 5, ttlMs: "1", inTime: true })) Object.prototype[name] = value;
  };
  assert.deepEqual(await works({ first }), []);
  assert.deepEqual(await works({ after: first }), []);
});

test("where what maps, sets and texts do is replaced, once the script is loaded", async () => {
  const after = () => {
    const fails = () => {
      throw new Error("replaced");
    };
    for (const name of ["get", "set", "has", "delete", "keys", "values", "entries"]) Map.prototype[name] = fails;
    for (const name of ["add", "has", "delete", "values", "forEach"]) Set.prototype[name] = fails;
    Map.prototype[Symbol.iterator] = Set.prototype[Symbol.iterator] = fails;
    delete String.prototype.padStart;
  };
  assert.deepEqual(await works({ after }), []);
});

test("where loops over lists are broken for a while, what was under way goes on afterwards", async () => {
  const page = await stand.open("siteA");
  await page.evaluate(keep);
  const ends = await page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl, requestTimeoutMs: 1_000, heartbeatMs: 500 });
    await manager.waitForReady();
    const under = [manager.addSession({ userId: "u" }), manager.refresh()];
    const { [Symbol.iterator]: iterator } = Array.prototype;
    Array.prototype[Symbol.iterator] = () => {
      throw new Error("replaced");
    };
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    Array.prototype[Symbol.iterator] = iterator;
    under.push(manager.addSession({ userId: "u" }));
    const ends = [];
    for (const promise of under) ends.push(await kept.end(promise));
    return [...ends, await kept.end(manager.close())];
  }, `${stand.origins.service}/service.html`);
  await page.close();
  assert.deepEqual(ends, ["done", "done", "done", "done"]);
});

test("a manager that could not be made leaves nothing to the next one", async () => {
  const page = await stand.open("siteA");
  await page.evaluate(keep);
  const ends = await page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    const { catch: own } = Promise.prototype;
    Promise.prototype.catch = () => {
      throw new Error("replaced");
    };
    let thrown;
    try {
      new SessionManager({ serviceUrl });
    } catch (error) {
      thrown = error.message;
    }
    Promise.prototype.catch = own;
    const manager = new SessionManager({ serviceUrl });
    return [thrown, await kept.end(manager.addSession({ userId: "u" })), await kept.end(manager.close())];
  }, `${stand.origins.service}/service.html`);
  await page.close();
  assert.deepEqual(ends, ["replaced", "done", "done"]);
});

function throwing() {
  const fails = () => {
    throw new Error("replaced");
  };
  const replace = (of, ...names) => names.forEach((name) => (of[name] = fails));
  replace(Array, "from", "isArray");
  replace(JSON, "parse", "stringify");
  replace(Promise, "all", "race", "allSettled", "reject");
  replace(Promise.prototype, "finally");
  replace(Reflect, "apply", "defineProperty");
  replace(window, "reportError", "CustomEvent", "TextEncoder", "TextDecoder", "AbortSignal");
  replace(Object, "keys", "values", "entries", "fromEntries", "assign", "hasOwn", "freeze");
}

test("where functions of the language are replaced by ones that throw, once the script is loaded", async () => {
  assert.deepEqual(await works({ after: throwing }), []);
});

test("where they are, and no service answers: the error is the promise's, and nothing is thrown beside it", async () => {
  const page = await stand.open("siteA");
  await page.evaluate(keep);
  const seen = await page.evaluate(async (serviceUrl, replace) => {
    const { SessionManager } = await import("/package/manager.js");
    (0, eval)(`(${replace})()`);
    const manager = new SessionManager({ serviceUrl, requestTimeoutMs: 500 });
    const ready = await kept.end(manager.waitForReady());
    const closed = await kept.end(manager.close());
    return { ready, closed, uncaught: kept.uncaught };
  }, `${stand.origins.service}/pages/bare.html`, String(throwing));
  await page.close();
  assert.deepEqual(seen, { ready: "unreachable", closed: "done", uncaught: [] });
});

test("hostile 40: where listeners throw, and a function of the page called reportError does too", async () => {
  const first = () => {
    kept.throws = true;
    window.reportError = () => {
      throw new Error("from reportError");
    };
  };
  const { seen: all, uncaught, thrown } = await worked({ first });
  assert.deepEqual(all, DONE);
  assert.ok(thrown > 10 && uncaught.length === thrown, `${thrown} thrown, told of: ${uncaught.join()}`);
  assert.ok(uncaught.some((message) => message.includes("from subscribe")));
  assert.ok(!uncaught.some((message) => message.includes("reportError")));
  const dispatch = () => {
    EventTarget.prototype.dispatchEvent = () => {
      throw new Error("from dispatchEvent");
    };
  };
  const { seen } = await worked({ first: dispatch });
  assert.deepEqual(seen, { ...DONE, rolledBack: [] }, "events cannot be heard there, and that is all");
});

test("with debug, where console.debug is removed or throws, or there is no console", async () => {
  const cases = [
    () => delete console.debug,
    () => (console.debug = () => {
      throw new Error("no logs");
    }),
    () => delete window.console,
  ];
  for (const first of cases) assert.deepEqual(await works({ first, options: { debug: true } }), []);
});

const NAMES = ["body", "createElement", "addEventListener", "removeEventListener", "hidden", "defaultView", "baseURI", "documentElement", "head", "URL", "nodeType", "location", "cookie", "getElementById"];

/** Puts a form of this name into the document, as somebody's post might. */
const clobber = (names) => `() => {
  for (const name of ${JSON.stringify(names)}) {
    const { body } = kept;
    body.insertAdjacentHTML("beforeend", '<form name="' + name + '"></form>');
    if (document[name]?.constructor !== HTMLFormElement && name !== "location") throw new Error(name + " is not in the way");
  }
}`;

test("in a document whose members are hidden by elements of their names, one by one and all together", async () => {
  for (const names of [...NAMES.map((name) => [name]), NAMES]) {
    const first = `() => { kept.body = document.body; (${clobber(names)})(); }`;
    const { seen, uncaught } = await worked({ first });
    assert.deepEqual(seen, DONE, names.join());
    assert.deepEqual(uncaught, [], names.join());
  }
});
