// Options are refused before anything happens, with the field's name; those of later versions are not ignored either.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "../../js/manager-options.js";
import { TEXT_NAMES } from "../../js/prompt-options.js";
import { LANGUAGES, speak } from "../../js/prompt/texts.js";
import { readServiceOptions } from "../../js/service-options.js";

const serviceUrl = "https://accounts.example/service.html";
const grants = [{ origin: "https://shop.example", read: "*", write: true }];
const field = (name) => ({ name: "SessionError", code: "invalid_argument", message: new RegExp(`^${name.replace(/[.[\]]/g, "\\$&")} `) });

test("the manager's defaults", () => {
  const { serviceUrl: url, ...others } = readOptions({ serviceUrl });
  assert.equal(url.href, serviceUrl);
  assert.deepEqual(others, {
    ttlMs: 30_000,
    requestTimeoutMs: 5_000,
    heartbeatMs: 10_000,
    "backoff.initialMs": 250,
    "backoff.maxMs": 30_000,
    "backoff.jitter": 0.5,
    container: undefined,
    wasm: undefined,
    debug: undefined,
  });
});

test("what a manager does not take", () => {
  const cases = {
    serviceUrl: [undefined, "", "ftp://x.example", "javascript:alert(1)", "data:text/html,", "http://", 5n],
    ttlMs: [null, -1, Number.NaN, "5", Infinity, 2 ** 31],
    requestTimeoutMs: [0, -1],
    heartbeatMs: [0],
    container: [{}, "body", 1],
    wasm: [null, "", 5, true, {}, []],
    debug: [1, "yes", null],
    offline: ["memory", "persist"],
    csrf: [{}],
    nonsense: [1],
    "backoff.initialMs": [0],
    "backoff.jitter": [null, 1.1, -1],
    "backoff.factor": [2],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      const [outer, inner] = name.split(".");
      const options = { serviceUrl, [outer]: inner ? { [inner]: value } : value };
      assert.throws(() => readOptions(options), field(name), `${name}: ${String(value)}`);
    }
  }
  assert.throws(() => readOptions({ serviceUrl, backoff: { initialMs: 100, maxMs: 99 } }), field("backoff.maxMs"));
  assert.throws(() => readOptions({ serviceUrl, backoff: 5 }), field("backoff"));
  for (const value of [undefined, null, "x", []]) assert.throws(() => readOptions(value), field("options"));
});

test("the service's defaults", () => {
  assert.deepEqual(readServiceOptions({ grants: [{ origin: "https://shop.example", read: "*" }] }), {
    grants: [{ origin: "https://shop.example", keys: null, write: 0, requests: false }],
    storage: "indexeddb",
    name: "default",
    durability: "strict",
    limits: {},
    defaultTtlMs: 30 * 86_400_000,
    recoveryMs: 7 * 86_400_000,
    maxLifetimeMs: null,
    cleanupMs: 300_000,
    requests: "count",
    defaults: "{}",
    prompt: { lang: undefined, texts: {}, siteName: undefined, ownerName: undefined, visitUrl: "http://localhost/", quietMs: 3_600_000 },
    wasm: undefined,
    debug: undefined,
  });
});

test("the texts of the prompt are those that can be replaced", () => {
  assert.deepEqual([...TEXT_NAMES].sort(), Object.keys(LANGUAGES.en).sort());
  const texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, "x"]));
  assert.deepEqual(readServiceOptions({ grants, prompt: { texts } }).prompt.texts, texts);
  const { prompt } = readServiceOptions({ grants, prompt: { texts: { allow: undefined, deny: "No" } } });
  const { allow, deny } = speak({ likely: [], texts: prompt.texts, names: { site: "s", owner: "o", url: "u" } }).texts;
  assert.deepEqual([allow, deny], ["Allow", "No"], "one that is undefined is not replaced");
  assert.throws(() => readServiceOptions({ grants, prompt: { texts: { alow: "Sure" } } }), field("prompt.texts.alow"));
  assert.throws(() => readServiceOptions({ grants, prompt: { texts: { allow: 1 } } }), field("prompt.texts.allow"));
});

test("lifetimes that a service takes, at their bounds", () => {
  for (const given of [
    { defaultTtlMs: 60_000, recoveryMs: 0, maxLifetimeMs: 60_000 },
    { defaultTtlMs: null, recoveryMs: 2 ** 52, maxLifetimeMs: 2 ** 52 },
    { defaultTtlMs: 2 ** 52, recoveryMs: 1, maxLifetimeMs: null },
  ]) {
    const { defaultTtlMs, recoveryMs, maxLifetimeMs } = readServiceOptions({ grants, ...given });
    assert.deepEqual({ defaultTtlMs, recoveryMs, maxLifetimeMs }, given);
  }
});

test("what a service does not take", () => {
  const cases = {
    grants: [undefined, null, [], {}, "https://shop.example"],
    storage: ["sessionstorage", "", 5, null],
    name: ["", 1, "\ud800"],
    durability: ["none"],
    wasm: [null, "", 5, {}],
    debug: [1, null],
    prompt: [null, "yes", []],
    "prompt.texts": [null, "Allow?"],
    "prompt.siteName": [5, null, "\ud800"],
    "prompt.ownerName": [() => "x", 5],
    "prompt.visitUrl": [5n, null, "javascript:alert(1)", "data:text/html,", "http://"],
    "prompt.quietMs": [-1, "5", Number.NaN, null],
    "prompt.lang": [5, null, "", "de_AT"],
    "prompt.nonsense": [1],
    defaultTtlMs: [59_999, 0, -1, "60000", Number.NaN, Infinity, 2 ** 52 + 1],
    recoveryMs: [-1, "1", Number.NaN, Infinity, null, 2 ** 52 + 1],
    maxLifetimeMs: [59_999, 0, "60000", Number.NaN, Infinity, 2 ** 52 + 1],
    cleanupMs: [1, "5000", Number.NaN, 2 ** 31, null],
    state: [{}],
    "limits.stateBytes": [1],
    "limits.sessions": [0, -1, 1.5, "1", 2 ** 31],
    "limits.messageBytes": [0, 1_023],
    "limits.dataBytes": [2 ** 23 + 1],
    "limits.totalBytes": [0, 2 ** 26 + 1],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      const [outer, inner] = name.split(".");
      const options = { grants, [outer]: inner ? { [inner]: value } : value };
      assert.throws(() => readServiceOptions(options), field(name), `${name}: ${String(value)}`);
    }
  }
});
