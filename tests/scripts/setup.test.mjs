import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findChromium } from "../../scripts/lib/browser.mjs";
import { atLeast } from "../../scripts/lib/version.mjs";
import { setupChromium } from "../../scripts/setup/chromium.mjs";

/** A machine that has what `has` lists, and writes down what is installed on it. */
function machine({ has = [], root = false, apt = true } = {}) {
  const installed = [];
  return {
    installed,
    findChromium: () => has.includes("chromium") || null,
    findChromedriver: () => has.includes("chromedriver") || null,
    hasApt: () => apt,
    isRoot: () => root,
    async aptInstall(packages) {
      installed.push(...packages);
      has.push("chromium", "chromedriver");
    },
  };
}

test("whoever is not root is told the one command, and nothing is installed", async () => {
  const world = machine();
  await assert.rejects(setupChromium({ driver: true, world }), {
    message: /Chromium and chromedriver not found.*\n {2}sudo apt-get update && sudo apt-get install --yes chromium chromium-driver$/,
  });
  assert.deepEqual(world.installed, []);
});

test("root installs what is missing", async () => {
  const world = machine({ root: true });
  await setupChromium({ driver: true, world });
  assert.deepEqual(world.installed, ["chromium", "chromium-driver"]);
});

test("what is there is used as it is", async () => {
  const world = machine({ has: ["chromium"], root: true });
  await setupChromium({ world });
  assert.deepEqual(world.installed, []);
  await setupChromium({ driver: true, world: machine({ has: ["chromium", "chromedriver"] }) });
});

test("a system without apt is told what to install", async () => {
  await assert.rejects(setupChromium({ driver: true, world: machine({ apt: false, root: true }) }), /Install Chrome or Chromium and the chromedriver/);
});

test("CHROMIUM names the browser, and a wrong one is not passed over", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-setup-"));
  t.after(() => rm(folder, { recursive: true }));
  const mine = join(folder, "my-chromium");
  await writeFile(mine, "#!/bin/sh\n");
  assert.equal(findChromium({ CHROMIUM: mine }), null, "it cannot be run");
  await chmod(mine, 0o755);
  assert.equal(findChromium({ CHROMIUM: mine }), mine);
});

test("versions are compared as numbers", () => {
  assert.ok(atLeast("1.95.0", "1.95"));
  assert.ok(atLeast("1.100.0", "1.95"));
  assert.ok(atLeast("2.0.0", "1.95"));
  assert.ok(!atLeast("1.94.9", "1.95"));
  assert.ok(!atLeast("1.9.0", "1.95"));
});
