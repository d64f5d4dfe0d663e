// What may be written as data: JSON and nothing that JSON would change or drop, named by its path where it is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { id, json } from "../../js/check.js";
import { parse } from "../../js/json.js";

const refuses = (value, message) =>
  assert.throws(() => json(value, "data"), (error) => {
    assert.equal(error.name, "SessionError");
    assert.equal(error.code, "invalid_argument");
    assert.equal(error.retryable, false);
    assert.ok(error.message.startsWith(message), `${error.message} does not start with ${message}`);
    return true;
  });

test("JSON comes back as it was", () => {
  const values = [
    {},
    { a: [1, "x", null, true, { b: [] }], "": 0, "é\u{1f600}\n\u2028": 1e300 },
    { tiny: 5e-324, big: Number.MAX_VALUE, whole: 2 ** 53, negative: -1.5 },
    Object.assign(Object.create(null), { a: 1 }),
  ];
  for (const value of values) assert.deepEqual(parse(json(value, "data")), { ...value });
  assert.ok(Object.is(parse(json({ zero: -0 }, "data")).zero, -0));
});

test("hostile 21: what is not JSON is refused, with its path", () => {
  class Point {
    x = 1;
  }
  const cyclic = {};
  cyclic.self = { again: [cyclic] };
  refuses({ when: new Date() }, "data.when ");
  refuses({ a: [1, { m: new Map() }] }, "data.a[1].m ");
  refuses({ n: 1n }, "data.n ");
  refuses({ list: [1, undefined] }, "data.list[1] must be JSON; found undefined.");
  refuses({ n: Number.NaN }, "data.n ");
  refuses({ n: -Infinity }, "data.n ");
  refuses({ f() {} }, "data.f ");
  refuses({ s: Symbol("s") }, "data.s ");
  refuses({ p: new Point() }, "data.p ");
  refuses({ holes: [, 1] }, "data.holes[0] ");
  refuses({ deep: [{ more: [[undefined]] }] }, "data.deep[0].more[0][0] ");
  refuses({ list: Object.assign([1], { more: 2 }) }, "data.list ");
  refuses({ "lone \ud800": 1 }, "data: a key ");
  refuses({ text: "lone \udfff" }, "data.text ");
  refuses({ [Symbol("s")]: 1 }, "data ");
  refuses({ toJSON: () => ({}) }, "data.toJSON ");
  refuses({ boxed: new String("s") }, "data.boxed ");
  refuses({ error: new Error("e") }, "data.error ");
  refuses(cyclic, "data.self.again[0].self");
});

test("members that are undefined are left out, as JSON.stringify leaves them out", () => {
  const values = [{ a: undefined }, { a: undefined, b: 1, c: undefined }, { a: 1, b: undefined, c: [{ d: undefined }, { e: undefined, f: null }] }];
  for (const value of values) assert.equal(json(value, "data"), JSON.stringify(value));
});

test("data is an object", () => {
  for (const value of [null, 1, "x", [], undefined]) refuses(value, "data must be a plain object");
});

test("hostile 21: depth is bounded where the core bounds it", () => {
  const nested = (depth) => (depth ? { a: nested(depth - 1) } : 1);
  assert.ok(json(nested(64), "data"));
  refuses({ a: nested(65) }, "data.a.a.a");
  const around = {};
  around.around = around;
  assert.throws(() => json(around, "data"), ({ message }) => message.startsWith("data.around.around") && message.includes("or in itself") && message.length < 200);
});

test("hostile 20: a key named __proto__ is a key like any other", () => {
  const value = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
  const back = parse(json(value, "data"));
  assert.deepEqual(Object.keys(back), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(back), Object.prototype);
  assert.equal({}.admin, undefined);
});

test("what was read is frozen to the ground", () => {
  const back = parse('{"a":{"b":[{"c":1}]}}');
  for (const part of [back, back.a, back.a.b, back.a.b[0]]) assert.ok(Object.isFrozen(part));
});

test("hostile 26: getters are read once", () => {
  let reads = 0;
  const value = { get a() { return ++reads; } };
  assert.equal(json(value, "data"), '{"a":1}');
  assert.equal(reads, 1);
});

test("ids have 1 to 256 bytes without control characters", () => {
  for (const good of ["a", "é".repeat(128), "__proto__", " ", "\u{1f600}"]) assert.equal(id(good, "id"), good);
  for (const bad of ["", "a\n", "\x7f", "é".repeat(129), "\ud800", 1, null, undefined, {}, ["a"]]) {
    assert.throws(() => id(bad, "session.id"), { code: "invalid_argument", message: /^session\.id / });
  }
});
