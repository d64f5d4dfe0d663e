// What a refused argument is told: its name, what was found, what is accepted, and what was probably meant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionManager } from "../../dist/manager.js";
import { readGrants } from "../../js/grants.js";
import { serviceHeaders } from "../../js/headers.js";
import { readOptions } from "../../js/manager-options.js";
import { readServiceOptions } from "../../js/service-options.js";

const serviceUrl = "https://accounts.example/service.html";
const grants = [{ origin: "https://shop.example", read: "*" }];

async function message(task) {
  try {
    await task();
  } catch (error) {
    assert.equal(error.code, "invalid_argument", error.stack);
    return error.message;
  }
  assert.fail("it was accepted");
}

test("a misspelt name is answered with the right one", async () => {
  const manager = new SessionManager({ serviceUrl });
  const cases = [
    [() => readOptions({ servceUrl: serviceUrl }), "servceUrl is not known; did you mean serviceUrl?"],
    [() => readOptions({ serviceUrl, ttl: 5 }), "ttl is not known; did you mean ttlMs?"],
    [() => readOptions({ serviceUrl, timeout: 5 }), "timeout is not known; did you mean requestTimeoutMs?"],
    [() => readOptions({ serviceUrl, heartBeatMS: 5 }), "heartBeatMS is not known; did you mean heartbeatMs?"],
    [() => readOptions({ serviceUrl, backoff: { initalMs: 5 } }), "backoff.initalMs is not known; did you mean initialMs?"],
    [() => readServiceOptions({ grants, durabilty: "strict" }), "durabilty is not known; did you mean durability?"],
    [() => readServiceOptions({ grant: grants }), "grant is not known; did you mean grants?"],
    [() => readServiceOptions({ grants, limits: { sesions: 5 } }), "limits.sesions is not known; did you mean sessions?"],
    [() => readServiceOptions({ grants, prompt: { texts: { alow: "Yes" } } }), "prompt.texts.alow is not known; did you mean allow?"],
    [() => readGrants([{ orgin: "https://a.example", read: "*" }]), "grants[0].orgin is not known; did you mean origin?"],
    [() => serviceHeaders({ grants, embederPolicy: true }), "embederPolicy is not known; did you mean embedderPolicy?"],
    [() => manager.addSession({ userID: "u" }), "session.userID is not known; did you mean userId?"],
    [() => manager.addSession({ userId: "u", dta: {} }), "session.dta is not known; did you mean data?"],
    [() => manager.addSession({ userId: "u", ttl: 60_000 }), "session.ttl is not known; did you mean ttlMs?"],
    [() => manager.configureSession("a", { autorenew: true }), "settings.autorenew is not known; did you mean autoRenew?"],
    [() => readServiceOptions({ grants, defaultTtl: 60_000 }), "defaultTtl is not known; did you mean defaultTtlMs?"],
    [() => readServiceOptions({ grants, maxLifeTimeMs: 60_000 }), "maxLifeTimeMs is not known; did you mean maxLifetimeMs?"],
    [() => manager.updateSession("a", {}, { ifversion: 1 }), "ifversion is not known; did you mean ifVersion?"],
    [() => manager.removeSession("a", { singal: undefined, sginal: 1 }), "sginal is not known; did you mean signal?"],
    [() => manager.bulkUpdateSessions([{ op: "update", id: "a", pacth: {} }]), "changes[0].pacth is not known; did you mean patch?"],
  ];
  for (const [task, expected] of cases) assert.equal(await message(task), expected);
});

test("one that resembles none is answered with all of them", async () => {
  assert.equal(await message(() => readOptions({ serviceUrl, backoff: { factor: 2 } })), "backoff.factor is not known; known are initialMs, maxMs, jitter.");
  assert.equal(await message(() => readOptions({ serviceUrl, x: 2 })), "x is not known; known are serviceUrl, ttlMs, requestTimeoutMs, heartbeatMs, backoff, container, wasm, debug.");
});

test("a value that is not accepted is named, with what was found and what is accepted", async () => {
  const manager = new SessionManager({ serviceUrl });
  const cases = [
    [() => readOptions(), "options must be an object; found undefined."],
    [() => readOptions({ serviceUrl: "ftp://x.example" }), 'serviceUrl must be an http or https address; found "ftp://x.example".'],
    [() => readOptions({ serviceUrl, ttlMs: "5" }), 'ttlMs must be a number from 0 to 2147483647; found "5".'],
    [() => readOptions({ serviceUrl, ttlMs: NaN }), "ttlMs must be a number from 0 to 2147483647; found NaN."],
    [() => readOptions({ serviceUrl, debug: "yes" }), 'debug must be true or false; found "yes".'],
    [() => readOptions({ serviceUrl, container: "body" }), 'container must be an element; found "body".'],
    [() => readServiceOptions({ grants, durability: "none" }), 'durability must be "strict" or "relaxed"; found "none".'],
    [() => readServiceOptions({ grants, limits: { sessions: 1.5 } }), "limits.sessions must be a whole number from 1 to 2147483647; found 1.5."],
    [() => readServiceOptions({ grants, storage: "sqlite" }), 'storage must be "indexeddb" or "localstorage" or "memory" or a StorageProvider; found "sqlite".'],
    [() => readServiceOptions({ grants, storage: {} }), "storage.head must be a function, as in StorageProvider; found undefined."],
    [() => readServiceOptions({ grants, storage: new Map() }), "storage.head must be a function, as in StorageProvider; found undefined."],
    [() => readServiceOptions({ grants, storage: { head() {}, get() {}, list: [] } }), "storage.list must be a function, as in StorageProvider; found a list of length 0."],
    [() => readServiceOptions({ grants: [] }), 'grants must be a list of at least one origin, as in [{ origin: "https://shop.example", read: "*", write: true }]; found a list of length 0.'],
    [() => readGrants([{ ...grants[0], write: "add" }]), 'grants[0].write must be true, false, or a list of some of "add", "update", "remove", "activate"; found "add".'],
    [() => readGrants([{ ...grants[0], write: ["add", "delete"] }]), 'grants[0].write[1] must be one of "add", "update", "remove", "activate"; found "delete".'],
    [() => readGrants([grants[0], { origin: "https://b.example", read: [], write: ["state"] }]), 'grants[1].write[0] must be one of "add", "update", "remove", "activate"; found "state".'],
    [() => manager.subscribe({}), "listener must be a function; found an object (Object)."],
    [() => manager.addSession({ userId: 5 }), "session.userId must be a text of 1 to 256 bytes without control characters; found 5."],
    [() => manager.addSession({ userId: "é".repeat(129) }), "session.userId must be a text of 1 to 256 bytes without control characters; found 258 bytes."],
    [() => manager.addSession({ id: "", userId: "u" }), "session.id must be a text of 1 to 256 bytes without control characters; found 0 bytes."],
    [() => manager.addSession({ userId: "u\n" }), "session.userId must be a text of 1 to 256 bytes without control characters; found a control character."],
    [() => manager.addSession({ userId: "u", data: { at: new Date(0) } }), "session.data.at must be JSON; found an object (Date). Give a text, such as toISOString()."],
    [() => manager.addSession({ userId: "u", data: { of: new Set() } }), "session.data.of must be JSON; found an object (Set)."],
    [() => manager.addSession({ userId: "u", data: { n: 1n } }), "session.data.n must be JSON; found a bigint."],
    [() => manager.addSession({ userId: "u", ttlMs: 59_999 }), "session.ttlMs must be a number from 60000 to 4503599627370496; found 59999."],
    [() => manager.addSession({ userId: "u", ttlMs: "1" }), 'session.ttlMs must be a number from 60000 to 4503599627370496; found "1".'],
    [() => manager.addSession({ userId: "u", autoRenew: 1 }), "session.autoRenew must be true or false; found 1."],
    [() => manager.configureSession("a", { ttlMs: NaN }), "settings.ttlMs must be a number from 60000 to 4503599627370496; found NaN."],
    [() => manager.configureSession("a", {}), "settings must be an object with ttlMs, autoRenew, maxRequests or resetRequests: true; found an object (Object)."],
    [() => manager.configureSession("a"), "settings must be an object; found undefined."],
    [() => readServiceOptions({ grants, defaultTtlMs: 59_999 }), "defaultTtlMs must be a number from 60000 to 4503599627370496; found 59999."],
    [() => readServiceOptions({ grants, recoveryMs: null }), "recoveryMs must be a number from 0 to 4503599627370496; found null."],
    [() => manager.updateSession("a", []), "patch must be a plain object; found a list of length 0."],
    [() => manager.updateSession("a", {}, { ifVersion: "3" }), 'ifVersion must be a version number; found "3".'],
    [() => manager.updateSession("a", {}, { signal: {} }), "signal must be an AbortSignal; found an object (Object)."],
    [() => manager.bulkUpdateSessions({ op: "add" }), "changes must be a list of at least one change; found an object (Object)."],
    [() => manager.bulkUpdateSessions([null]), "changes[0] must be an object; found null."],
    [() => manager.bulkUpdateSessions([{ op: "put" }]), 'changes[0].op must be add, update, replace, remove or activate; found "put".'],
  ];
  for (const [task, expected] of cases) assert.equal(await message(task), expected);
});

test("a long text, which may be somebody's data, is not repeated", async () => {
  const secret = "s3cret".repeat(20);
  for (const told of [await message(() => readOptions({ serviceUrl, ttlMs: secret })), await message(() => new SessionManager({ serviceUrl }).updateSession("a", secret))]) {
    assert.ok(!told.includes("s3cret"), told);
    assert.match(told, /found a text of length 120\.$/);
  }
});
