// What is said holds where tools and timing are unusual: a plain script, a frame beside another one, a console that is text.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { test } from "node:test";
import * as esbuild from "esbuild";
import { built } from "../../scripts/lib/built.mjs";
import { dist } from "../../scripts/lib/paths.mjs";
import { until } from "../e2e/harness/until.mjs";
import { PATIENT_MS, say, stand } from "./silence/stand.mjs";

const own = stand();
const LATER = `/package/${basename(built("diagnosis.js"))}`;

/** An entry as a tool makes a plain script of it, in which `import.meta` is nothing. */
async function plain(entry) {
  const { outputFiles } = await esbuild.build({ entryPoints: [join(dist, entry)], bundle: true, format: "iife", globalName: "bridge", write: false, logLevel: "error", logOverride: { "empty-import-meta": "silent" } });
  return outputFiles[0].text;
}

for (const [entry, name, call] of [
  ["manager.js", "session-bridge", () => new window.bridge.SessionManager({ serviceUrl: "/none.html" }).waitForReady()],
  ["service.js", "session-bridge/service", () => window.bridge.startSessionService({ grants: [{ origin: location.origin, read: "*" }], storage: "memory" })],
]) {
  test(`in a plain script ${name} loads, and says why it finds no module when it is used`, async () => {
    const script = `${await plain(entry)}\nwindow.after = true; window.bridge = bridge;`;
    const opened = await own.open({ routes: { "/plain.js": say(200, "text/javascript", script) } });
    await opened.page.evaluate(() => new Promise((resolve, reject) => document.head.append(Object.assign(document.createElement("script"), { src: "/plain.js", onload: resolve, onerror: reject }))));
    assert.equal(await opened.page.evaluate(() => window.after), true, "what follows it in the script runs");
    const { code, message } = await opened.page.evaluate(`(${call})().then(() => ({}), ({ code, message }) => ({ code, message }))`);
    assert.equal(code, "unreachable");
    assert.ok(message.includes("does not know its own address") && message.includes(`import the entry "${name}/inline"`), message);
    assert.equal(opened.warnings().length, 1);
    await opened.page.close();
  });
}

test("a frame that loaded is not said to load, whatever the next one shows", async () => {
  const path = "/once.html";
  let asked = 0;
  own.routes[path] = (request, response) => {
    if (request.method === "HEAD" || ++asked === 1) response.writeHead(200, { "content-type": "text/html" }).end("<p>no service");
  };
  const opened = await own.open();
  const texts = await opened.page.evaluate(async ([diagnosis, href]) => {
    const { describe, examine } = await import(diagnosis);
    const about = { what: "service", serviceUrl: new URL(href), ms: 5_000, answered: false };
    const mount = () => Object.assign(document.createElement("iframe"), { src: href });
    const first = mount();
    const loads = new Promise((resolve) => (first.onload = resolve));
    document.body.append(first);
    const before = describe(about, []);
    await loads;
    await examine(about);
    const loaded = describe(about, []);
    document.body.append(mount());
    const beside = describe(about, []);
    first.remove();
    return { before, loaded, later: [beside, describe(about, [])] };
  }, [LATER, `${own.origins.service}${path}`]);
  await opened.page.close();
  delete own.routes[path];
  assert.match(texts.before, /has not loaded within 5000 ms/);
  assert.match(texts.loaded, /Likely causes/);
  assert.deepEqual(texts.later, [texts.loaded, texts.loaded]);
});

test("what debug: true logs is text, and page and frame log one correlation id: a tool that collects a console sees nothing of an object", async () => {
  const opened = await own.open();
  const said = [];
  opened.page.on("console", (message) => said.push(message.text()));
  const correlationId = await opened.page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = new SessionManager({ serviceUrl, debug: true });
    await manager.waitForReady();
    await manager.addSession({ id: "shown", userId: "u" });
    return manager.report().correlationId;
  }, `${own.origins.service}/service.html?debug=true&grant=${opened.origin}`);
  const has = (...parts) => said.some((text) => parts.every((part) => text.includes(part)));
  await until(() => has("session-bridge ! session_created", '"id":"shown"'), "the event", { ms: PATIENT_MS, describe: () => said.join("\n") });
  await until(() => has("session-bridge service keeps sessions in", '"level":"memory"'), "where sessions are", { ms: PATIENT_MS, describe: () => said.join("\n") });
  assert.deepEqual(said.filter((text) => /\[object|JSHandle/.test(text)), []);
  for (const side of ["→", "service ←"]) assert.ok(said.includes(`session-bridge ${side} hello, correlation id ${correlationId}`), said.join("\n"));
  await opened.page.close();
});
