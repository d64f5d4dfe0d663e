// What an owner may grant, and how what is refused says how to write it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readGrants } from "../../js/grants.js";
import { serviceHeaders } from "../../js/headers.js";

const shop = { origin: "https://shop.example", read: "*", write: true };
const refusal = (field, ...parts) => ({ name: "SessionError", code: "invalid_argument", message: new RegExp([`^${field.replace(/[.[\]]/g, "\\$&")} `, ...parts].join(".*")) });
const one = (grant) => readGrants([{ ...shop, ...grant }])[0];

test("hostile 1, 3, 4: an origin is named as browsers write it", () => {
  for (const origin of ["https://shop.example", "http://localhost:8080", "http://[::1]:3000", "http://127.0.0.1:3000", "https://xn--bcher-kva.example", "https://*.shop.example", "https://*.eu.shop.example:8443", "https://*.xn--bcher-kva.example", "https://*.me.example"]) {
    assert.equal(one({ origin }).origin, origin);
  }
  const refused = [
    "*", "https://*", "null", "", undefined, null, /shop/, ["https://shop.example"], "shop.example", "file:///x", "data:text/plain,x", "wss://shop.example",
    "https://shop.example/path", "https://*.shop.example/", " https://shop.example", "https://shop@shop.example", "https://*.shop.example@evil.example", "https://shop.example.", "https://*.shop.example.", "https://shop.example.:8443",
    "https://Shop.example", "https://*.Shop.example", "https://bücher.example", "https://*.bücher.example", "https://shop.example:443", "https://*.shop.example:443", "http://shop.example:80",
    "https://*.*.shop.example", "https://shop.*.example", "https://shop.*", "https://*shop.example", "https://*.127.0.0.1", "https://*.[::1]", "https://*.", "https://*.shop.example; script-src *",
  ];
  for (const origin of refused) {
    assert.throws(() => readGrants([shop, { origin, read: "*" }]), refusal("grants[1].origin", "must be one exact origin", 'as in "https://shop\\.example"', 'or "https://\\*\\.shop\\.example" for'), String(origin));
  }
});

test("what was probably meant is said", () => {
  for (const [origin, meant] of [
    ["https://Shop.example/cart", "https://shop.example"],
    ["https://shop.example:443", "https://shop.example"],
    ["https://shop.example.:8443", "https://shop.example:8443"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
  ]) {
    assert.throws(() => one({ origin }), (error) => error.message.endsWith(` Write "${meant}".`), origin);
  }
  assert.throws(() => one({ origin: "*" }), (error) => !error.message.includes("Write"));
});

test("hostile 2: a pattern needs a name of the owner's own", () => {
  for (const host of ["com", "localhost", "co.uk", "com.au", "org.uk", "ne.jp", "github.io", "pages.dev", "vercel.app", "web.app", "s3.amazonaws.com"]) {
    assert.throws(() => one({ origin: `https://*.${host}` }), refusal("grants[0].origin", "must not stand for all of", host, "list the origins one by one"), host);
    assert.throws(() => one({ origin: `https://*.${host}:8443` }), refusal("grants[0].origin", "must not stand for all of"), host);
    assert.ok(one({ origin: `https://*.mine.${host}` }), host);
    if (host.includes(".")) assert.ok(one({ origin: `https://${host}` }), host);
  }
});

test("hostile 4: there is a list, and each origin stands in it once", () => {
  for (const grants of [undefined, null, [], {}, "https://shop.example", new Set([shop])]) {
    assert.throws(() => readGrants(grants), refusal("grants", "must be a list of at least one origin"));
  }
  assert.throws(() => readGrants([shop, { ...shop, read: [] }]), refusal("grants[1].origin", "has a grant already"));
  assert.throws(() => one({ extra: 1 }), refusal("grants[0].extra", "is not known"));
  assert.equal(readGrants([shop, { ...shop, origin: "https://*.shop.example" }]).length, 2);
});

test("what it may read is all, or keys of data", () => {
  assert.equal(one({ read: "*" }).keys, null);
  assert.deepEqual(one({ read: [] }).keys, []);
  assert.deepEqual(one({ read: ["userId", "a\"b\n", "", "a\"b\n", "__proto__"] }).keys, ['""', '"__proto__"', '"a\\"b\\n"', '"userId"']);
  assert.deepEqual(one({ read: ["b", "a"] }), one({ read: ["a", "b", "a"] }), "the same grant, however it is written");
  for (const read of [undefined, null, "name", {}, true, ["*"], ["name", "*"]]) {
    assert.throws(() => readGrants([{ origin: shop.origin, read }]), refusal("grants[0].read", 'must be "\\*", or a list of keys'));
  }
  for (const read of [[1], ["a", null], [, "a"], ["\ud800"]]) {
    assert.throws(() => one({ read }), (error) => error.code === "invalid_argument" && error.message.startsWith("grants[0].read["));
  }
});

test("what it may do is all, nothing, or some of it", () => {
  const bits = { add: 1, update: 2, remove: 4, activate: 8 };
  for (const [name, bit] of Object.entries(bits)) assert.equal(one({ write: [name] }).write, bit, name);
  assert.equal(one({ write: true }).write, one({ write: Object.keys(bits) }).write);
  assert.equal(one({ write: ["update", "add", "add"] }).write, 3);
  for (const nothing of [false, undefined, []]) assert.equal(one({ write: nothing }).write, 0);
  for (const write of ["yes", "add", 1, null, {}]) {
    assert.throws(() => one({ write }), refusal("grants[0].write", "must be true, false, or a list"));
  }
  for (const [at, write] of [[0, ["touch"]], [1, ["add", 1]], [0, [undefined]], [1, ["add", , "update"]], [0, ["toString"]], [2, ["add", "update", "state"]]]) {
    assert.throws(() => one({ write }), refusal(`grants[0].write[${at}]`, 'must be one of "add"'), String(write));
  }
});

test("hostile 50: the header has patterns as they are", () => {
  const grants = [shop, { ...shop, origin: "https://*.shop.example:8443", read: ["name"], write: ["update"] }];
  assert.deepEqual(serviceHeaders({ grants })[0], ["Content-Security-Policy", "frame-ancestors https://shop.example https://*.shop.example:8443"]);
});
