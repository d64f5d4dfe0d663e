// The README's example of a test, run as it stands.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/lib/paths.mjs";
import { blockToRun } from "./lib/documents.mjs";

test("the example of a test shows a write at once, and has it confirmed once the service is back", async () => {
  const code = await blockToRun("test-bridge");
  const [, name] = /async function (\w+)/.exec(code);
  // Inside the checkout, so that the package's name leads to its own entry points.
  const folder = join(root, "target", "docs-run");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "test-bridge.mjs");
  await writeFile(file, `${code}\nexport { ${name} as example };\n`);
  const { example } = await import(pathToFileURL(file).href);
  const { shown, version } = await example();
  assert.equal(shown, "Ada Lovelace");
  assert.ok(Number.isInteger(version));
});
