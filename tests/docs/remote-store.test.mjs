// The store in docs/providers.md, word for word, against a server that is one in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConformance } from "../../js/conformance/index.js";
import { guard } from "../../js/providers/guard.js";
import { memoryProvider } from "../../js/providers/stores.js";
import { perStore } from "../providers/stands.mjs";
import { blockToRun } from "./lib/documents.mjs";

const code = await blockToRun("remote-store");

const store = perStore(() => memoryProvider());
const answer = {
  head: (its) => its.head(),
  get: (its, { keys }) => its.get(keys),
  list: (its, { prefix, ...options }) => its.list(prefix, options),
  commit: (its, { expect, commit }) => its.commit(expect, commit),
  since: (its, { version }) => its.since(version),
};

const fetch = async (url, { body }) => {
  const [, name, method] = /^https:\/\/store\.example\/(.*)\/(\w+)$/.exec(url);
  if (name === "gone") throw new TypeError("no network");
  if (name === "broken") return { ok: false, status: 503 };
  const result = await answer[method](store(name), JSON.parse(body));
  return { ok: result !== "stale", status: result === "stale" ? 409 : 200, json: async () => JSON.parse(JSON.stringify(result)) };
};
const remote = new Function("fetch", `${code}; return remote;`)(fetch);

test("the example keeps the contract", async () => {
  await assertConformance((name) => remote(`https://store.example/${name}/`));
});

test("the example knows when it does not know", async () => {
  for (const name of ["gone", "broken"]) {
    const thrown = await guard(remote(`https://store.example/${name}/`)).ask("commit", [null, {}]).catch((failure) => failure);
    assert.deepEqual([thrown.code, thrown.unknown], ["storage_failed", true]);
  }
});
