// Whatever a provider does costs a typed error and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionError } from "../../js/error.js";
import { guard } from "../../js/providers/guard.js";
import { memoryProvider } from "../../js/providers/stores.js";
import { commit, version } from "../../js/conformance/play.js";
import { error } from "./stands.mjs";

const CALLS = {
  head: [],
  get: [["a", "b"]],
  list: ["s/", { after: "s/b", limit: 3 }],
  commit: [version(1), commit(2, {})],
  since: [version(1)],
};
/** A thing that throws whatever is done with it. */
const hedgehog = new Proxy(function () {}, {
  get() { throw new Error("get"); },
  apply() { throw new Error("apply"); },
  getPrototypeOf() { throw new Error("getPrototypeOf"); },
  has() { throw new Error("has"); },
});
const lyingList = (items, length) => new Proxy(items, { get: (target, key) => (key === "length" ? length : target[key]) });
const throwing = (name) => ({ get [name]() { throw new Error(name); } });

const RUBBISH = [undefined, 0, -1, Number.NaN, 1n, true, "x", Symbol("s"), {}, [], [[]], () => {}, new Date(), hedgehog, throwing("then"), throwing("length"), throwing("epoch"), { length: 2, 0: "a", 1: "b" }];
const WRONG = {
  head: [{ epoch: 1, seq: 1, tag: 1 }, { ...version(1), seq: -1 }, { ...version(1), seq: 2 ** 53 }, { ...version(1), seq: 1.5 }, { ...version(1), seq: "1" }, { ...version(1), epoch: "x" }, { ...version(1), tag: "80000000000" }, throwing("seq")],
  get: [["a"], ["a", "b", "c"], [undefined, "b"], ["a", 5], ["a", "\ud800"], [{}, {}], new Array(2), lyingList(["a"], 2 ** 33), lyingList(["a"], -1), lyingList(["a", "b"], "2"), ["x".repeat(2 ** 24 + 1), "x".repeat(2 ** 24)]],
  list: [[["s/c"]], [["s/a", "1"]], [["s/b", "1"]], [["t/c", "1"]], [["s/c", null]], [["s/d", ""], ["s/c", ""]], [["s/c", ""], ["s/c", ""]], ["s/c"], [["s/c", ""], ["s/d", ""], ["s/e", ""], ["s/f", ""]], [throwing(0)], [["s/\ud800", ""]], new Array(1)],
  commit: [null, "COMMITTED", "committed ", ["committed"], { toString: () => "committed" }, new String("committed")],
  since: [[1], [null], "entries", [["a"]], new Array(3), { length: 0 }, lyingList([], -5)],
};
/** Rubbish that happens to be right somewhere. */
const RIGHT = { get: [], list: [[]], since: [[]], head: [], commit: [] };

const ask = (method, provider, deadline) => guard(provider, deadline).ask(method, CALLS[method]).then((value) => ({ value }), (thrown) => ({ thrown }));

function isTyped(thrown, told) {
  assert.ok(thrown instanceof SessionError, `${told}: ${String(thrown)}`);
  assert.equal(typeof thrown.unknown, "boolean", told);
  assert.ok(["storage_failed", "storage_full", "storage_denied", "protocol_mismatch"].includes(thrown.code), told);
}

test("hostile 44: answers of any other shape are refused, whichever way they come", async () => {
  let tried = 0;
  for (const method of Object.keys(CALLS)) {
    const known = RIGHT[method].map((value) => JSON.stringify(value));
    for (const answer of [...RUBBISH, ...WRONG[method]]) {
      let json;
      try { json = JSON.stringify(answer); } catch { json = "?"; }
      if (known.includes(json)) continue;
      for (const give of [() => answer, async () => answer]) {
        const told = `${method}, rubbish ${tried++}`;
        const { value, thrown } = await ask(method, { [method]: give });
        assert.equal(value, undefined, `${told}: ${json}`);
        isTyped(thrown, told);
        if (method === "commit" && give.constructor.name !== "AsyncFunction" && typeof answer === "string") {
          assert.equal(thrown.unknown, true, "after nonsense nobody knows whether it was committed");
        }
      }
    }
  }
  assert.ok(tried > 200, String(tried));
});

test("hostile 44: what is thrown or rejected with becomes a typed error", async () => {
  const cases = [
    [error("QuotaExceededError"), "storage_full"],
    [error("SecurityError"), "storage_denied"],
    [error("NotAllowedError"), "storage_denied"],
    [new SessionError("storage_denied", "no"), "storage_denied"],
    [new SessionError("protocol_mismatch", "newer"), "protocol_mismatch"],
    [new SessionError("not_found", "no"), "storage_failed"],
    [error("constructor"), "storage_failed"],
    [error("VersionError"), "storage_failed"],
    [undefined, "storage_failed"],
    [null, "storage_failed"],
    ["QuotaExceededError", "storage_failed"],
    [hedgehog, "storage_failed"],
    [throwing("name"), "storage_failed"],
    [throwing("unknown"), "storage_failed"],
    [{ name: { toString() { throw new Error("no name"); } } }, "storage_failed"],
    [{ code: "__proto__" }, "storage_failed"],
  ];
  for (const [thrown, code] of cases) {
    const ways = [() => { throw thrown; }, () => Promise.reject(thrown), () => ({ then: (_, reject) => reject(thrown) })];
    for (const method of Object.keys(CALLS)) {
      for (const way of ways) {
        const outcome = await ask(method, { [method]: way });
        isTyped(outcome.thrown, `${method}: ${code}`);
        assert.deepEqual([outcome.thrown.code, outcome.thrown.unknown], [code, false]);
      }
    }
  }
  const doubtful = await ask("commit", { commit: () => Promise.reject(Object.assign(error("QuotaExceededError"), { unknown: true })) });
  assert.deepEqual([doubtful.thrown.code, doubtful.thrown.unknown], ["storage_full", true]);
  for (const unknown of ["yes", 1, {}]) {
    const said = await ask("commit", { commit: () => Promise.reject({ unknown }) });
    assert.equal(said.thrown.unknown, false, "only true is true");
  }
});

test("a provider that is none, or misses a part, is no more than a failure", async () => {
  for (const provider of [undefined, null, 5, {}, hedgehog, Object.create(null), ...Object.keys(CALLS).map(throwing)]) {
    for (const method of Object.keys(CALLS)) isTyped((await ask(method, provider)).thrown, method);
    const guarded = guard(provider);
    guarded.watch(() => {})();
    await guarded.close();
  }
});

test("one that does not answer has failed at the deadline, and of its commit nothing is known", async () => {
  const silent = Object.fromEntries(Object.keys(CALLS).map((method) => [method, () => new Promise(() => {})]));
  for (const method of Object.keys(CALLS)) {
    const { thrown } = await ask(method, silent, 10);
    isTyped(thrown, method);
    assert.equal(thrown.unknown, true);
  }
});

test("right answers come through, copied, and nothing of the provider's with them", async () => {
  const given = Object.freeze({ ...version(3), more: "x" });
  assert.deepEqual((await ask("head", { head: () => given })).value, version(3));
  assert.deepEqual((await ask("head", { head: async () => null })).value, null);
  assert.deepEqual((await ask("get", { get: () => ["", null] })).value, ["", null]);
  // UTF-16 has the pair first, UTF-8 the single unit.
  for (const page of [["s/c", "s/😀", "s/\uff21"], ["s/c", "s/\uff21", "s/😀"]]) {
    const entries = page.map((key) => [key, ""]);
    assert.deepEqual((await ask("list", { list: () => entries.map((entry) => [...entry, "more"]) })).value, entries);
  }
  assert.deepEqual((await ask("since", { since: () => null })).value, null);
  assert.equal((await ask("since", { since: () => Array.from({ length: 2 ** 16 + 1 }, () => "") })).value, null, "reading anew is quicker");
  const store = memoryProvider();
  assert.equal(await guard(store).ask("commit", [null, commit(1, {})]), "committed");
  assert.equal(await guard(store).ask("commit", [null, commit(1, {})]), "stale");
});

test("a sound store may hold more than is taken at once", async () => {
  const big = "x".repeat(2 ** 20);
  const log = Array.from({ length: 40 }, () => big);
  assert.equal(await guard({ since: () => log }).ask("since", [version(1)]), null, "reading anew does for a long log");
  const asked = [];
  const entries = Array.from({ length: 100 }, (_, at) => [`s/${String(at).padStart(3, "0")}`, big]);
  const list = (prefix, { after = "", limit }) => {
    asked.push(limit);
    return entries.filter(([key]) => key.startsWith(prefix) && key > after).slice(0, limit);
  };
  const store = guard({ list });
  const read = [];
  for (let after; ; after = read.at(-1)[0]) {
    const page = await store.ask("list", ["s/", after === undefined ? { limit: 256 } : { after, limit: 256 }]);
    if (!page.length) break;
    read.push(...page);
  }
  assert.deepEqual(read.map(([key]) => key), entries.map(([key]) => key));
  assert.deepEqual(asked.slice(0, 7), [256, 128, 64, 32, 16, 32, 16]);
  asked.length = 0;
  const huge = { list: (_, { limit }) => (asked.push(limit), [["s/a", "x".repeat(2 ** 25 + 1)]]) };
  isTyped(await guard(huge).ask("list", ["s/", { limit: 5 }]).catch((thrown) => thrown), "one value that is too long");
  assert.deepEqual(asked, [5, 2, 1]);
});

test("the watch is called once for however many calls, later, and never after its end", async () => {
  let changed;
  let unwatched = 0;
  let calls = 0;
  const provider = { watch(callback) {
    changed = callback;
    callback();
    return () => { unwatched++; throw new Error("unwatch"); };
  } };
  const end = guard(provider).watch(() => calls++);
  assert.equal(calls, 0, "not in the middle of things");
  for (let at = 0; at < 1_000; at++) changed(at);
  await null;
  assert.equal(calls, 1);
  changed();
  end();
  await new Promise((resolve) => setTimeout(resolve, 5));
  changed();
  await null;
  assert.deepEqual([calls, unwatched], [1, 1]);
  for (const watch of [5, () => 5, () => hedgehog, () => { throw new Error("watch"); }, async () => { throw new Error("watch"); }]) {
    guard({ watch }).watch(() => {})();
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
});
