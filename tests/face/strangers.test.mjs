// The manager on pages that other people's scripts and markup live on: real libraries, what old ones are known to replace, and
// functions of the page that throw. Whatever is there, a manager does all its work and changes no data.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { root } from "../../scripts/lib/paths.mjs";
import { DONE, keep, stand, worked, works } from "./at-work.mjs";

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
