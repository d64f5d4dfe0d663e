// The README's example of requests, run as it stands.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createTestBridge } from "../../dist/testing.js";
import { root } from "../../scripts/lib/paths.mjs";
import { blockToRun } from "./lib/documents.mjs";

test("the example of requests counts what it fetches, up to its limit", async () => {
  const folder = join(root, "target", "docs-run");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "requests.mjs");
  await writeFile(file, `const fetch = async (url) => ({ url });\n${await blockToRun("requests")}\nexport { signInWithLimit, callApi };\n`);
  const { signInWithLimit, callApi } = await import(pathToFileURL(file).href);
  const { manager, advance, close } = await createTestBridge();
  const url = "https://api.example/v1/me?token=1";
  assert.deepEqual(await callApi(manager, url), { url }, "without a session nothing is counted");
  await signInWithLimit(manager, { id: "ada", name: "Ada" });
  for (let n = 0; n < 1_000; n++) await callApi(manager, url);
  await assert.rejects(callApi(manager, url), { code: "limit_exceeded" });
  await advance(5_000);
  const { count, limit, meanMs, lastUrl } = manager.getSnapshot().activeSession.requests;
  assert.deepEqual([count, limit, lastUrl], [1_000, 1_000, "https://api.example/v1/me"]);
  assert.ok(meanMs >= 0);
  await close();
});
