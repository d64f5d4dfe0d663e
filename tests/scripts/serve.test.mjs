import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";

const ANY = { service: 0, sibling: 0, siteA: 0, siteB: 0 };

async function site(t, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-serve-"));
  await mkdir(join(folder, "www", "more"), { recursive: true });
  await mkdir(join(folder, "dist"));
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "www", "index.html"), "<p>page");
  await writeFile(join(folder, "www", "service.html"), "<p>service");
  await writeFile(join(folder, "dist", "manager_bg.wasm"), "\0asm");
  const mounts = { "": join(folder, "www"), "/package": join(folder, "dist") };
  const served = await serve({ ports: ANY, mounts, ...options });
  t.after(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });
  return served;
}

/** Sends a path as it is, where `fetch` would tidy it up first. */
function ask(origin, path, method = "GET") {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

test("every origin shows the page, and tells the origins of all", async (t) => {
  const { origins } = await site(t);
  assert.deepEqual(Object.keys(origins).sort(), ["owner", "service", "sibling", "siteA", "siteB"]);
  assert.equal(origins.owner, origins.service);
  assert.deepEqual(
    [origins.service, origins.sibling, origins.siteA, origins.siteB].map((origin) => new URL(origin).hostname),
    ["localhost", "localhost", "127.0.0.1", "b.localhost"],
  );
  for (const origin of Object.values(origins)) {
    assert.equal((await ask(origin, "/")).body, "<p>page");
    assert.deepEqual(JSON.parse((await ask(origin, "/origins.json")).body), origins);
  }
});

test("wasm has its type, and nothing is kept without asking again", async (t) => {
  const { origins } = await site(t);
  const { status, headers } = await ask(origins.siteA, "/package/manager_bg.wasm");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/wasm");
  assert.equal(headers["cache-control"], "no-cache");
});

test("the service page names who may frame it, unless told not to", async (t) => {
  const { origins } = await site(t);
  const { headers } = await ask(origins.service, "/service.html");
  const wanted = [origins.service, origins.sibling, origins.siteA, origins.siteB].join(" ");
  assert.equal(headers["content-security-policy"], `frame-ancestors ${wanted}`);
  assert.equal((await ask(origins.service, "/index.html")).headers["content-security-policy"], undefined);
  const open = await site(t, { frameAncestors: false });
  assert.equal((await ask(open.origins.service, "/service.html")).headers["content-security-policy"], undefined);
});

test("an isolated page may be framed by one of another site, and the service page has the package's headers for that", async (t) => {
  const { origins } = await site(t, { isolated: true });
  const policies = async (path) => {
    const { headers } = await ask(origins.service, path);
    return ["opener", "embedder", "resource"].map((name) => headers[`cross-origin-${name}-policy`]);
  };
  assert.deepEqual(await policies("/"), ["same-origin", "require-corp", "cross-origin"]);
  assert.deepEqual(await policies("/service.html"), [undefined, "require-corp", "cross-origin"]);
});

test("no path leads out of the folders", async (t) => {
  const { origins } = await site(t);
  for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/package/../../secret.txt", "/package/..%2f..%2fsecret.txt", "/more", "/%00"]) {
    const { status, body } = await ask(origins.service, path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body, /^secret/, path);
  }
  assert.equal((await ask(origins.service, "/%zz")).status, 400);
  assert.equal((await ask(origins.service, "/", "POST")).status, 405);
});

test("a busy port is stepped over, and the other origins hear of it", async (t) => {
  const first = await site(t);
  const busy = Number(new URL(first.origins.service).port);
  const second = await site(t, { ports: { ...ANY, service: busy } });
  assert.ok(Number(new URL(second.origins.service).port) > busy);
  const told = JSON.parse((await ask(second.origins.siteA, "/origins.json")).body);
  assert.equal(told.service, second.origins.service);
});

test("a server that was stopped comes back on its port", async (t) => {
  const { origins, servers } = await site(t);
  await servers.service.stop();
  await assert.rejects(ask(origins.service, "/"), { code: "ECONNREFUSED" });
  assert.equal((await ask(origins.sibling, "/")).status, 200);
  await servers.service.start();
  assert.equal((await ask(origins.service, "/")).status, 200);
});
