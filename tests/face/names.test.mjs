// The module tells places in its enums; the names for them stand in JavaScript, in the same order.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as asks from "../../js/asks.js";
import { storageStatus as storage } from "../../js/storage-status.js";
import { sessionList } from "../../js/session-list.js";
import { event, failure, snapshot } from "../../js/values.js";

/** The variants of an enum of the core, in order, as names with dashes. */
async function variants(file, name) {
  const source = await readFile(new URL(`../../src/${file}`, import.meta.url), "utf8");
  const [, body] = new RegExp(`pub enum ${name} \\{\\n([^]*?)\\n\\}`).exec(source);
  return [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, variant]) => variant.replace(/(?<=.)[A-Z]/g, "-$&").toLowerCase());
}

const shown = ({ status = 0, reason = -1, epoch = 0, seq = null, tag = 0 }) =>
  snapshot(sessionList(), "", epoch, seq, tag, status, reason, storage(0, false, 0, null), 0, false, true, null);

/** What `named` gives for each place, up to the first without a name. */
function names(named) {
  const all = [];
  while (named(all.length) && all.length < 99) all.push(named(all.length));
  return all;
}

test("levels, upgrades, states and reasons are named in the order of the core", async () => {
  assert.deepEqual(names((level) => storage(level, false, 0, null).level), await variants("session/mod.rs", "StorageLevel"));
  assert.deepEqual(names((upgrade) => storage(0, false, upgrade, null).upgrade), await variants("session/mod.rs", "Upgrade"));
  assert.deepEqual(names((status) => shown({ status }).status), await variants("manager/io.rs", "Status"));
  assert.deepEqual(names((reason) => shown({ reason }).reason), await variants("manager/io.rs", "Reason"));
});

test("operations have the names of the methods", async () => {
  const methods = { add: "addSession", update: "updateSession", remove: "removeSession", activate: "setActiveSession", bulk: "bulkUpdateSessions", configure: "configureSession", recover: "recoverSession", count: "recordRequest" };
  const expected = (await variants("manager/io.rs", "Operation")).map((operation) => methods[operation]);
  assert.deepEqual(names((operation) => event(8, [null, operation, null]).detail.operation), expected);
});

test("each event of the core has its name and the members that the module hands over", async () => {
  const expected = {
    created: ["session_created", ["session"]],
    updated: ["session_updated", ["session", "previous"]],
    terminated: ["session_terminated", ["session"]],
    active: ["active_session_changed", ["session"]],
    storage: ["storage_changed", ["storage"]],
    established: ["connection_established", ["roundTripMs"]],
    lost: ["connection_lost", ["reason"]],
    restored: ["connection_restored", ["roundTripMs", "replayed"]],
    "rolled-back": ["write_rolled_back", ["error", "operation", "id"]],
    failed: ["error_occurred", ["error"]],
    expired: ["session_expired", ["session"]],
  };
  const kinds = await variants("manager/io.rs", "Event");
  assert.deepEqual(kinds, Object.keys(expected));
  for (const [kind, name] of kinds.entries()) {
    const { type, detail } = event(kind, [0, 1, 2]);
    assert.ok(Object.isFrozen(detail));
    assert.deepEqual([type, Object.keys(detail)], expected[name]);
    // Each where it was handed over; an operation is a place itself.
    assert.deepEqual(Object.values(detail), type === "write_rolled_back" ? [0, "updateSession", 2] : [0, 1].slice(0, Object.keys(detail).length));
  }
});

test("the module is asked by the numbers that it knows", async () => {
  const source = await readFile(new URL("../../src/bindings/manager/mod.rs", import.meta.url), "utf8");
  const arms = [...source.matchAll(/(\d|_) => Input::(\w+)\(token\)/g)].map(([, , input], at) => [input.replace(/(?<=.)[A-Z]/g, "_$&").toUpperCase(), at]);
  assert.equal(arms.length, 7);
  assert.deepEqual({ ...asks }, Object.fromEntries(arms));
});

test("what was drawn is eleven digits of five bits", () => {
  const version = (epoch, tag) => shown({ epoch, seq: 7, tag }).version;
  assert.deepEqual(version(0, 33), { epoch: "00000000000", seq: 7, tag: "00000000011" });
  assert.deepEqual(version(2 ** 53 - 1, 1), { epoch: "7vvvvvvvvvv", seq: 7, tag: "00000000001" });
  assert.equal(version(0, 0).seq, 7);
  assert.equal(shown({}).version, null);
});

test("a refusal says what it is about", async () => {
  const code = (await variants("error.rs", "Code")).indexOf("forbidden");
  const { message: advice } = failure(code, 0, "", 0, 0);
  const expected = {
    code: "",
    older: " The service page is older than this method.",
    write: " `activate` must be in `write`.",
    add: " `userId` must be in `read` to add.",
    key: ' `a\\"b` must be in `read` to be written.',
    "data-bytes": " It has 70013 bytes; `limits.dataBytes` is 65536.",
    sessions: " `limits.sessions` is 3.",
    "total-bytes": " `limits.totalBytes` is 9.",
    "message-bytes": " It has 308 bytes; `limits.messageBytes` is 300.",
    mutations: " The most changes of one write is 1000.",
    requests: " `maxRequests` is 5.",
    accounting: " `requests` must be `true` to set maxRequests or to reset.",
  };
  const told = { write: ["activate", 0, 0], add: ["userId", 0, 0], key: ['a\\"b', 0, 0], "data-bytes": ["", 65_536, 70_013], sessions: ["", 3, 0], "total-bytes": ["", 9, 0], "message-bytes": ["", 300, 308], mutations: ["", 1_000, 0], requests: ["", 5, 0] };
  const kinds = await variants("manager/io.rs", "About");
  assert.deepEqual(kinds, Object.keys(expected));
  for (const [about, kind] of kinds.entries()) {
    const error = failure(code, about, ...(told[kind] ?? ["", 0, 0]));
    assert.deepEqual([error.code, error.message, error.retryable], ["forbidden", advice + expected[kind], false], kind);
  }
  // A service that says nonsense is believed the code.
  assert.equal(failure(code, kinds.indexOf("write"), "", 0, 0).message, `${advice} \`\` must be in \`write\`.`);
});
