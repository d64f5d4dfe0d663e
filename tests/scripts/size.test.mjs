import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readManifest } from "../../scripts/build/manifest.mjs";
import { compressedSize, judge, weigh } from "../../scripts/build/size.mjs";

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), "session-bridge-size-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test("a build at its budget passes and one byte more is refused, with the figures", async (t) => {
  const path = await folder(t);
  const files = [join(path, "page.js"), join(path, "page_bg.wasm")];
  await writeFile(files[0], randomBytes(700));
  await writeFile(files[1], randomBytes(900));
  const weighed = await weigh(files);
  assert.ok(weighed.total >= 1600, "bytes without pattern do not get smaller");
  assert.match(judge({ name: "page", budget: weighed.total }, weighed), new RegExp(`= ${weighed.total} bytes`));
  assert.throws(() => judge({ name: "page", budget: weighed.total - 1 }, weighed), /page_bg\.wasm \d+ = .*That is 1 too many/);
});

test("what is weighed is what brotli leaves of it", () => {
  assert.ok(compressedSize(Buffer.alloc(100_000, "session ")) < 100);
  assert.ok(compressedSize(randomBytes(1000)) >= 1000);
});

test("the manifest gives both builds, each with a budget", async () => {
  const builds = await readManifest();
  assert.deepEqual(builds.map(({ name }) => name), ["manager", "service"]);
  assert.ok(builds.every(({ budget }) => Number.isInteger(budget) && budget > 0));
});

test("a build without a budget is refused by name", async (t) => {
  const file = join(await folder(t), "wasm-pack.toml");
  await writeFile(file, '[build.page]\nfeatures = ["manager"]\nout-dir = "dist/page"\nentry = "js/page.js"\n');
  await assert.rejects(readManifest(file), /\[build\.page\] has no valid "budget"/);
});
