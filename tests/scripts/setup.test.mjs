import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findChromium, findFirefox, findMiniBrowser, findWebKitDriver } from "../../scripts/lib/browser.mjs";
import { Stop } from "../../scripts/lib/run.mjs";
import { atLeast } from "../../scripts/lib/version.mjs";
import { setupChromium, setupEngines } from "../../scripts/setup/browsers.mjs";

/** What each package brings. */
const BRINGS = {
  chromium: ["Chromium"],
  "chromium-driver": ["chromedriver"],
  "firefox-esr": ["Firefox"],
  "webkit2gtk-driver": ["WebKitWebDriver", "WebKitGTK's MiniBrowser"],
  xvfb: ["Xvfb"],
};

/** A machine that has what `has` lists, and writes down what is installed on it. `broken`: apt-get fails there. */
function machine({ has = [], root = false, apt = true, broken = false } = {}) {
  const installed = [];
  return {
    installed,
    find: (name) => has.includes(name),
    hasApt: () => apt,
    isRoot: () => root,
    async aptInstall(packages) {
      if (broken) throw new Stop("apt-get ended with 100");
      installed.push(...packages);
      has.push(...packages.flatMap((name) => BRINGS[name]));
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
  await setupEngines({ env: {}, world });
  assert.deepEqual(world.installed, ["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb"]);
});

test("what is there is used as it is", async () => {
  const world = machine({ has: ["Chromium"], root: true });
  await setupChromium({ world });
  assert.deepEqual(world.installed, []);
  await setupChromium({ driver: true, world: machine({ has: ["Chromium", "chromedriver"] }) });
});

test("a system without apt is told what to install, and which variables name what it has", async () => {
  await assert.rejects(setupChromium({ driver: true, world: machine({ apt: false, root: true }) }), {
    message: /Install Chromium and chromedriver, or name what you have: CHROMIUM=\/path\/to\/it CHROMEDRIVER=/,
  });
});

test("only the engines that are asked for are installed", async () => {
  const world = machine({ root: true });
  await setupEngines({ env: { E2E_ENGINES: "firefox,chromium" }, world });
  assert.deepEqual(world.installed, ["firefox-esr"]);
});

test("an engine that cannot be had hinders nothing, but where CI is set", async () => {
  await setupEngines({ env: {}, world: machine() });
  await setupEngines({ env: {}, world: machine({ root: true, broken: true }) });
  await assert.rejects(setupEngines({ env: { CI: "true" }, world: machine() }), /Firefox not found.*install --yes firefox-esr$/s);
  await assert.rejects(setupEngines({ env: { CI: "true" }, world: machine({ root: true, broken: true }) }), Stop);
});

test("a variable names the browser, and a wrong one is not passed over", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-setup-"));
  t.after(() => rm(folder, { recursive: true }));
  const finders = { CHROMIUM: findChromium, FIREFOX: findFirefox, WEBKIT: findMiniBrowser, WEBKIT_DRIVER: findWebKitDriver };
  for (const [variable, find] of Object.entries(finders)) {
    const mine = join(folder, variable);
    await writeFile(mine, "#!/bin/sh\n");
    assert.equal(find({ [variable]: mine }), null, `${variable}: it cannot be run`);
    await chmod(mine, 0o755);
    assert.equal(find({ [variable]: mine }), mine);
  }
});

test("versions are compared as numbers", () => {
  assert.ok(atLeast("1.95.0", "1.95"));
  assert.ok(atLeast("1.100.0", "1.95"));
  assert.ok(atLeast("2.0.0", "1.95"));
  assert.ok(!atLeast("1.94.9", "1.95"));
  assert.ok(!atLeast("1.9.0", "1.95"));
});
