// What of a function's result is sent: what differs from what the function was given, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { json } from "../../js/check.js";
import { parse } from "../../js/json.js";
import { differing } from "../../js/differing.js";

/** RFC 7396, written here anew. */
function merged(target, patch) {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else Object.defineProperty(result, name, { value: merged(Object.hasOwn(result, name) ? result[name] : undefined, value), enumerable: true, configurable: true, writable: true });
  }
  return result;
}

const given = (before, after) => JSON.parse(json(differing(parse(json(before, "before")), parse(json(after, "after"))), "patch"));

test("one key is touched where one key changed, and null members stay", () => {
  const user = { name: "Ada", email: null, n: 1, address: { street: null, city: "London" }, tags: ["a", { b: null }] };
  assert.deepEqual(given(user, { ...user, n: user.n + 1 }), { n: 2 });
  assert.deepEqual(given(user, { ...user }), {});
  assert.deepEqual(given(user, { ...user, address: { ...user.address, city: "Paris" } }), { address: { city: "Paris" } });
  assert.deepEqual(given(user, { ...user, address: { city: "London", street: null } }), {}, "the order of members does not matter");
  assert.deepEqual(given(user, { ...user, tags: [...user.tags] }), {});
  assert.deepEqual(given(user, { ...user, tags: ["a", { b: 1 }] }), { tags: ["a", { b: 1 }] });
  assert.deepEqual(given(user, { ...user, email: "ada@example.com" }), { email: "ada@example.com" });
});

test("what a result leaves out is not removed, and null removes", () => {
  assert.deepEqual(given({ a: 1, b: { c: 2, d: 3 } }, {}), {});
  assert.deepEqual(given({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } }), {});
  assert.deepEqual(given({ a: 1, b: { c: 2, d: 3 } }, { a: null, b: { d: null } }), { a: null, b: { d: null } });
  assert.deepEqual(given({ a: 1, b: undefined }, { a: undefined }), {});
});

test("kinds that differ differ", () => {
  for (const [one, other] of [[[], {}], [{}, []], [0, -0], ["1", 1], [null, {}], [{}, null], [[1], [1, 2]], [[{ a: 1 }], [{ b: 1 }]], [false, 0]]) {
    assert.deepEqual(Object.keys(given({ a: one }, { a: other })), ["a"], `${JSON.stringify(one)} ${JSON.stringify(other)}`);
  }
});

test("names that objects have by themselves are names like any other", () => {
  const before = JSON.parse('{"__proto__":{"x":1},"constructor":1}');
  const after = JSON.parse('{"__proto__":{"x":2},"constructor":1,"toString":3,"hasOwnProperty":null}');
  assert.equal(json(differing(before, after), "patch"), '{"__proto__":{"x":2},"toString":3,"hasOwnProperty":null}');
});

test("whatever was given and made, the patch leads from the one to the other", () => {
  let seed = 7;
  const draw = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const value = (depth) => {
    if (depth > 0 && draw(2)) return Object.fromEntries(Array.from({ length: draw(4) }, () => ["abcd"[draw(4)], value(depth - 1)]));
    return [true, draw(3), "x", [draw(2)], [{ a: draw(2) }]][draw(5)];
  };
  for (let round = 0; round < 3_000; round++) {
    const [before, after] = [{ a: value(2), b: value(2) }, { a: value(2), b: value(3) }];
    const patch = given(before, after);
    // Of nothing removed: what it lacks stays.
    assert.deepEqual(merged(before, patch), merged(before, after), JSON.stringify({ before, after, patch }));
    assert.ok(JSON.stringify(patch).length <= JSON.stringify(after).length);
  }
});
