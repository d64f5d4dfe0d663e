// The README's example of lifetimes, run as it stands.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createTestBridge } from "../../dist/testing.js";
import { root } from "../../scripts/lib/paths.mjs";
import { blockToRun } from "./lib/documents.mjs";

const HOUR = 3_600_000;

test("the example of lifetimes keeps a session alive by clicks, and brings back what has expired", async () => {
  const folder = join(root, "target", "docs-run");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "lifetimes.mjs");
  await writeFile(file, `const document = new EventTarget();\n${await blockToRun("lifetimes")}\nexport { document, signIn, staySignedIn, offerReturn };\n`);
  const { document, signIn, staySignedIn, offerReturn } = await import(pathToFileURL(file).href);
  const { manager, advance, close } = await createTestBridge({ manager: { heartbeatMs: 24 * HOUR } });
  const button = { hidden: true };
  const click = async () => {
    document.dispatchEvent(new Event("click"));
    await advance();
  };
  offerReturn(manager, button);
  staySignedIn(manager);
  await click();
  await signIn(manager, { id: "ada", name: "Ada" });
  const active = () => manager.getSnapshot().activeSession;
  assert.deepEqual([active().data, active().expiresAt - active().createdAt], [{ name: "Ada" }, 8 * HOUR]);
  for (let hours = 0; hours < 21; hours += 7) {
    await advance(7 * HOUR);
    await click();
    assert.deepEqual([active().status, button.hidden], ["valid", true]);
  }
  await advance(8 * HOUR);
  assert.deepEqual([active().status, button.hidden], ["expired", false]);
  await click();
  await button.onclick();
  assert.deepEqual([active().status, active().expiresAt - active().lastActiveAt, button.hidden], ["valid", 8 * HOUR, true]);
  await close();
});
