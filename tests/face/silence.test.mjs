// Nothing fails in silence: each thing that keeps a page from its sessions is told apart as far as a page can, in one warning,
// in the error of the promise and in `lastError`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { built } from "../../scripts/lib/built.mjs";
import { root } from "../../scripts/lib/paths.mjs";
import { until } from "../e2e/harness/until.mjs";
import { PATIENT_MS, closedPort, kept, outcome, say, stand } from "./silence/stand.mjs";

const own = stand();

/** Half of it is the time in which a page finds out what is wrong. */
const TIMEOUT_MS = 6_000;
const SECRET = "SECRET";

/** Opens a page, lets a manager fail there, and holds what is said to what is expected: `parts` are in the text, in this order. */
async function fails({ page: how, options, parts, cause }) {
  const opened = await own.open(how);
  const serviceUrl = `${own.origins.service}/service.html?${SECRET}=1#${SECRET}`;
  const made = { serviceUrl, requestTimeoutMs: TIMEOUT_MS, ...(typeof options === "function" ? options(opened) : options) };
  const { promise, status, reason, lastError } = await outcome(opened, made);
  assert.deepEqual([promise?.name, promise?.code, promise?.retryable, status], ["SessionError", "unreachable", true, "connecting"]);
  await until(() => opened.warnings().length > 0, "a warning", { ms: PATIENT_MS, describe: () => JSON.stringify(promise) });
  const [warning, ...more] = opened.warnings();
  assert.deepEqual(more, [], "one warning for one cause");
  let from = 0;
  for (const part of parts.map((part) => (typeof part === "function" ? part(opened) : part))) {
    const at = promise.message.indexOf(part, from);
    assert.ok(at >= from, `"${part}" is not in: ${promise.message}`);
    from = at + part.length;
  }
  assert.ok(warning.startsWith(`session-bridge: ${promise.message}`), `the warning tells another story: ${warning}\n${promise.message}`);
  assert.deepEqual([reason, lastError?.message], ["unreachable", promise.message], "whoever is refused finds the same in the snapshot, at once");
  if (cause) {
    assert.match(promise.cause, cause);
    assert.match(warning, /Cause: /);
  }
  for (const text of [warning, promise.message]) assert.ok(!text.includes(SECRET) && !/[?#]/.test(text), text);
  return { ...opened, made, warning, promise };
}

/** The same with another manager and `debug: false`: not a word. */
async function isQuiet({ page: how, options }) {
  const opened = await own.open(how);
  const serviceUrl = `${own.origins.service}/service.html`;
  const { promise } = await outcome(opened, { serviceUrl, requestTimeoutMs: TIMEOUT_MS, ...(typeof options === "function" ? options(opened) : options), debug: false });
  assert.equal(promise.code, "unreachable");
  assert.deepEqual(opened.warnings(), []);
  await opened.page.close();
}

const WASM = `/package/${basename(built("manager_bg.wasm"))}`;
const own_wasm = ({ origin }) => `${origin}${WASM}`;

/** The module of this build with another id: its names fit the script, and what they mean may be anything. */
async function otherId() {
  const bytes = await readFile(built("manager_bg.wasm"));
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

const MODULE = {
  "the module is not there": {
    page: { routes: { [WASM]: say(404, "text/html", "none") } },
    parts: [own_wasm, "status 404", "did not carry the .wasm file", '"session-bridge/inline"'],
    cause: /404/,
  },
  "its server is in trouble": { page: { routes: { [WASM]: say(503, "text/plain", "no") } }, parts: [own_wasm, "status 503", "Try again later"], cause: /503/ },
  "HTML in its place": {
    page: { routes: { [WASM]: say(200, "text/html; charset=utf-8", "<!doctype html>") } },
    parts: [own_wasm, "HTML in place of the module", '"session-bridge/inline"'],
    cause: /CompileError/,
  },
  "something else in its place": {
    page: { routes: { [WASM]: say(200, "application/wasm", "not a module") } },
    parts: [own_wasm, 'type "application/wasm"', "is not a whole WebAssembly module"],
    cause: /CompileError/,
  },
  "half of it": {
    page: { routes: { [WASM]: async (request, response) => void response.writeHead(200, { "content-type": "application/wasm" }).end((await kept("manager_bg.wasm")).subarray(0, 9_000)) } },
    parts: [own_wasm, "is not a whole WebAssembly module"],
    cause: /CompileError/,
  },
  "the policy's script-src": {
    page: { headers: { "content-security-policy": "script-src 'self'" } },
    parts: ["Content-Security-Policy", "'wasm-unsafe-eval'", "script-src"],
    cause: /CompileError/,
  },
  "the policy's default-src": {
    page: { headers: { "content-security-policy": "default-src 'self'" } },
    parts: ["Content-Security-Policy", "'wasm-unsafe-eval'", "default-src"],
    cause: /CompileError/,
  },
  "the policy's connect-src": {
    page: { headers: { "content-security-policy": "connect-src 'none'" } },
    parts: ["Content-Security-Policy", own_wasm, "'self'", "connect-src"],
    cause: /TypeError/,
  },
  "the module of another build": {
    page: { routes: { [WASM]: async (request, response) => void response.writeHead(200, { "content-type": "application/wasm" }).end(await kept("manager_bg.wasm")) } },
    parts: [own_wasm, "another build", "Reload the page"],
    cause: /another build/,
  },
  "the module of a build that differs in its id alone": {
    page: { routes: { [WASM]: async (request, response) => void response.writeHead(200, { "content-type": "application/wasm" }).end(await otherId()) } },
    parts: [own_wasm, "another build", "Reload the page"],
    cause: /another build/,
  },
  "no module in what a data: address holds": { options: { wasm: `data:application/wasm,${SECRET}` }, parts: ["The module", "is not a whole WebAssembly module"] },
};

for (const [name, example] of Object.entries(MODULE)) {
  test(`one warning says why the module does not load: ${name}`, async () => {
    const { page, warnings, made } = await fails(example);
    // Another manager meets the same.
    await page.evaluate((options) => import("/package/manager.js").then(({ SessionManager }) => new SessionManager({ ...options, ttlMs: 1 }).waitForReady().catch(() => {})), made);
    assert.equal(warnings().length, 1, "a second warning for the same cause");
    await page.close();
    await isQuiet(example);
  });
}

const closed = await closedPort();
/** It takes connections and never answers. */
const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
/** It keeps the frame waiting, and drops whoever asks whether it is there. A busy browser shows the same of a server that does not run. */
const dropping = createServer((socket) => sockets.add(socket.on("error", () => {}).on("data", (data) => void (String(data).startsWith("HEAD") && socket.destroy()))));
const sockets = new Set();
before(() => Promise.all([silent, dropping].map((server) => once(server.listen(0, "127.0.0.1"), "listening"))));
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of [silent, dropping]) server.close();
});

const service = (path) => () => `${own.origins.service}${path}`;
const at = (address) => () => ({ serviceUrl: `${address()}?${SECRET}` });
const LIST = [`answered within ${TIMEOUT_MS} ms`, "in this order", "(1) No grant names ", ({ origin }) => origin, "(2) serviceUrl", "(3) the script of the service page failed", "(4)", "X-Frame-Options", "Ruled out: ", "frame-src", "no server at that address", "debug: true"];

const SERVICE = {
  "no grant": { parts: [service("/service.html"), ...LIST] },
  "another page of the server": { options: at(service("/none.html")), parts: [service("/none.html"), ...LIST] },
  "a service whose module is missing": { options: at(service("/broken.html")), parts: [service("/broken.html"), ...LIST] },
  "no grant, where the policy keeps it from asking the address": { page: { headers: { "content-security-policy": "connect-src 'self'" } }, parts: [service("/service.html"), "(1) No grant names ", "Content-Security-Policy", "; add ", service(""), "to connect-src"] },
  "another page, where the default policy does": { options: at(service("/none.html")), page: { headers: { "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-src *" } }, parts: [service("/none.html"), "(1) No grant names ", "to connect-src"] },
  "no grant, where a policy reports the frame and forbids nothing": { page: { headers: { "content-security-policy-report-only": "frame-src 'self'; connect-src 'none'" } }, parts: [service("/service.html"), ...LIST] },
  "X-Frame-Options": { options: at(service("/denied.html")), parts: [service("/denied.html"), ...LIST] },
  "no server at the port": { options: at(() => `http://localhost:${closed}/service.html`), parts: [`No server answers at http://localhost:${closed}/service.html.`, "host and port of serviceUrl"] },
  "no server, while the frame waits for one still": { options: at(() => `http://127.0.0.1:${dropping.address().port}/service.html`), parts: [() => `No server answers at http://127.0.0.1:${dropping.address().port}/service.html.`, "host and port of serviceUrl"] },
  "no such host": { options: at(() => "http://accounts.invalid/service.html"), parts: ["No server answers at http://accounts.invalid/service.html."] },
  "a server that never answers": { options: at(() => `http://127.0.0.1:${silent.address().port}/service.html`), parts: [() => `127.0.0.1:${silent.address().port}/service.html`, `has not loaded within ${TIMEOUT_MS} ms`, "host and port of serviceUrl"] },
  "the policy's frame-src": { page: { headers: { "content-security-policy": "frame-src 'self'" } }, parts: ["Content-Security-Policy", service("/service.html"), "; add ", service(""), "to frame-src"] },
  "frame-ancestors": { options: at(service("/ancestors.html")), parts: [service("/ancestors.html"), "forbids ", ({ origin }) => origin, "frame-ancestors", "session-bridge headers"] },
  "Cross-Origin-Embedder-Policy": { page: { headers: { "cross-origin-embedder-policy": "require-corp" } }, parts: ["Cross-Origin-Embedder-Policy", service("/service.html"), "--embedder-policy"] },
  "its own origin, and no such page": { options: ({ origin }) => ({ serviceUrl: `${origin}/none.html?${SECRET}` }), parts: ["/none.html answered with status 404", "path of serviceUrl"] },
};

before(async () => {
  const html = (text, headers = {}) => (request, response) => void response.writeHead(200, { "content-type": "text/html", ...headers }).end(text);
  Object.assign(own.routes, {
    "/denied.html": html("<p>denied", { "x-frame-options": "DENY" }),
    "/ancestors.html": html("<p>denied", { "content-security-policy": "frame-ancestors https://shop.example" }),
    "/broken.html": html('<script type="module" src="/package/none.js"></script>'),
  });
});

for (const [name, example] of Object.entries(SERVICE)) {
  test(`one warning says why no service answers: ${name}`, async () => {
    // Each of the two waits for its time to be over.
    const [{ page }] = await Promise.all([fails(example), isQuiet(example)]);
    await page.close();
  });
}

test("where a server answers every path with the page itself, the address is the likeliest cause; a scheme may be missing", async () => {
  const options = ({ origin }) => ({ serviceUrl: `${origin}/app/accounts.example.com/service.html` });
  const { page } = await fails({ page: { routes: { "/app/accounts.example.com/service.html": say(200, "text/html", "<p>the page itself") } }, options, parts: [`answered within ${TIMEOUT_MS} ms`, "(1) serviceUrl is not the address of the service page", "(2) No grant names ", "Perhaps https:// is missing."] });
  await page.close();
});

test("a service that is gone is told of once: it has answered before", async () => {
  const opened = await own.open();
  const serviceUrl = `${own.origins.service}/service.html?grant=${opened.origin}`;
  const { promise } = await outcome(opened, { serviceUrl, requestTimeoutMs: 8_000, heartbeatMs: 500, backoff: { initialMs: 100, maxMs: 400 } });
  assert.equal(promise, null);
  own.routes["/service.html"] = say(404, "text/html", "gone");
  try {
    await opened.page.evaluate(() => (document.querySelector("iframe").src += "#again"));
    await opened.page.evaluate(() => document.querySelector("iframe").remove());
    await until(() => opened.warnings().length > 0, "a warning", { ms: PATIENT_MS });
    const error = await opened.page.evaluate(() => window.manager.getSnapshot().lastError?.message);
    assert.match(error, /service\.html has answered before and does not answer now/);
    assert.deepEqual(opened.warnings(), [`session-bridge: ${error}`]);
  } finally {
    delete own.routes["/service.html"];
  }
  await opened.page.close();
});

test("a module that does not come in time is told of", async () => {
  const opened = await own.open({ routes: { [WASM]: () => {} } });
  const { promise, reason } = await outcome(opened, { serviceUrl: `${own.origins.service}/service.html`, requestTimeoutMs: TIMEOUT_MS });
  assert.deepEqual([promise.code, promise.retryable, reason], ["unreachable", true, null]);
  assert.match(promise.message, /manager_bg[\w.-]*\.wasm has not arrived within 6000 ms/);
  assert.deepEqual(opened.warnings(), [`session-bridge: ${promise.message}`]);
  await opened.page.close();
});

const LATER = `/package/${basename(built("diagnosis.js"))}`;

test("without the long texts a short one names the module, and what happened to it", async () => {
  for (const body of [say(404, "text/plain", "none"), () => {}]) {
    const opened = await own.open({ routes: { [WASM]: say(404, "text/html", "none"), [LATER]: body } });
    const { promise, lastError } = await outcome(opened, { serviceUrl: `${own.origins.service}/service.html`, requestTimeoutMs: TIMEOUT_MS });
    assert.deepEqual([promise.name, promise.code, promise.retryable], ["SessionError", "unreachable", true]);
    assert.match(promise.message, /manager_bg[\w.-]*\.wasm /);
    if (lastError) assert.equal(lastError.message, promise.message);
    assert.equal(opened.warnings().length, 1);
    await opened.page.close();
  }
});

/** What the console of a service page says that is opened by itself, with files of its server replaced. */
async function serviceAlone(query, routes = {}) {
  const before = Object.keys(own.routes);
  Object.assign(own.routes, routes);
  const page = await own.browser.newPage();
  const said = [];
  const errors = [];
  page.on("console", (message) => said.push(`${message.type()} ${message.text()}`));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${own.origins.service}/service.html?${query}`);
  await until(() => page.evaluate(() => Boolean(window.service)).then((started) => started || errors.length > 0), "the service to start or not", { ms: PATIENT_MS });
  await page.close();
  for (const name of Object.keys(own.routes)) if (!before.includes(name)) delete own.routes[name];
  return { warnings: said.filter((text) => text.startsWith("warn session-bridge")), errors };
}

const SERVICE_WASM = `/package/${basename(built("service_bg.wasm"))}`;

test("a service page says why its service does not start, once", async () => {
  const none = { [SERVICE_WASM]: say(404, "text/html", "none") };
  const { warnings, errors } = await serviceAlone("", none);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /service_bg[\w.-]*\.wasm answered with status 404\. .*"session-bridge\/service\/inline"/);
  assert.match(errors[0], /status 404/);
  assert.deepEqual((await serviceAlone("debug=false", none)).warnings, []);
  const stores = await serviceAlone("storage=localstorage", { [`/package/${basename(built("providers.js"))}`]: say(404, "text/html", "none") });
  assert.equal(stores.warnings.length, 1);
  assert.match(stores.warnings[0], /providers\.js could not be loaded; serve it beside the script that imports it, from the same build/);
});

test("a console that calls in while an error is made is answered", async () => {
  const { page } = await own.open();
  const failures = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.evaluate(async (options) => {
    const { SessionManager } = await import("/package/manager.js");
    const manager = (window.manager = new SessionManager(options));
    // Whoever reads first has the error made, and with it the warning.
    manager.subscribe(() => manager.getSnapshot());
    console.warn = () => (window.added ??= manager.addSession({ id: "late", userId: "u" }).catch(({ code }) => code));
  }, { serviceUrl: `${own.origins.service}/none.html`, requestTimeoutMs: TIMEOUT_MS });
  await until(() => page.evaluate(() => Boolean(window.added)), "a warning", { ms: PATIENT_MS });
  await until(() => page.evaluate(() => manager.getSnapshot().pendingWrites === 1), "the write", { ms: PATIENT_MS });
  const { reason, lastError } = await page.evaluate(() => {
    const { reason, lastError } = manager.getSnapshot();
    return { reason, lastError: [lastError.code, Object.isFrozen(lastError)] };
  });
  assert.deepEqual([reason, lastError], ["unreachable", ["unreachable", true]]);
  assert.deepEqual(failures, []);
  await page.close();
});

const { queueMicrotask } = globalThis;

test("a prompt that is missing is an error that names the file, and the page does not wait for it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-prompter-"));
  try {
    const outfile = join(folder, "prompter.mjs");
    await esbuild.build({ entryPoints: [join(root, "js/prompter.js")], outfile, bundle: true, format: "esm", external: ["./prompt/prompt.js", "./diagnosis/diagnosis.js"], logLevel: "error" });
    const { prompter } = await import(pathToFileURL(outfile).href);
    const reported = [];
    globalThis.addEventListener = () => {};
    // What is raised as an uncaught error ends a test.
    globalThis.queueMicrotask = (run) => {
      try {
        run();
      } catch (error) {
        reported.push(error);
      }
    };
    let over = 0;
    await prompter({}, {}, () => {}, () => (over += 1)).turn("https://shop.example");
    const [{ name, code, retryable, message, cause }] = reported;
    assert.deepEqual([name, code, retryable, over], ["SessionError", "unreachable", true, 1]);
    assert.match(message, /^prompt\.js could not be loaded/);
    assert.ok(cause instanceof Error);
  } finally {
    globalThis.queueMicrotask = queueMicrotask;
    delete globalThis.addEventListener;
    await rm(folder, { recursive: true });
  }
});

test("under debug a service page logs whom it does not welcome, and why; the page hears nothing", async () => {
  const logs = async (query, task) => {
    const opened = await own.open();
    const said = [];
    opened.page.on("console", (message) => said.push(message.text()));
    await opened.page.evaluate((url) => {
      window.heard = [];
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
      window.say = (message, ports = 1) => {
        const channels = Array.from({ length: ports }, () => new MessageChannel());
        for (const { port1 } of channels) port1.onmessage = ({ data }) => window.heard.push(data);
        frame.contentWindow.postMessage(message, "*", channels.map(({ port2 }) => port2));
      };
    }, `${own.origins.service}/service.html?${query(opened)}`);
    await until(() => opened.page.frames().some((frame) => frame.url().includes("/service.html")), "the frame");
    const frame = opened.page.frames().find((frame) => frame.url().includes("/service.html"));
    await until(() => frame.evaluate(() => Boolean(window.service)), "the service", { ms: PATIENT_MS });
    await opened.page.evaluate(task);
    const texts = () => said.filter((text) => text.startsWith("session-bridge service `"));
    const heard = await opened.page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(window.heard), 300)));
    return { ...opened, texts, heard };
  };
  const hello = { sessionBridge: "hello", min: 1, max: 2, client: [1, 2], attempt: 1, held: null, grant: null };
  const stranger = await logs(() => "debug=true", `window.say(${JSON.stringify(hello)})`);
  await until(() => stranger.texts().length > 0, "the log of a stranger");
  assert.deepEqual([stranger.texts(), stranger.heard], [[`session-bridge service \`${stranger.origin}\` asked; no grant names it`], []]);
  const future = await logs(({ origin }) => `debug=true&grant=${origin}`, `window.say(${JSON.stringify({ ...hello, min: 90, max: 91 })})`);
  await until(() => future.texts().length > 0, "the log of another protocol");
  assert.match(future.texts()[0], /` asked in protocol 90 to 91; this service speaks \d to \d$/);
  assert.equal(future.heard[0].sessionBridge, "refused");
  const noise = await logs(({ origin }) => `debug=true&grant=${origin}`, 'window.say("noise"); window.say({ sessionBridge: "hello" }, 2)');
  await until(() => noise.texts().length > 1, "the log of noise");
  assert.deepEqual([new Set(noise.texts()), noise.heard], [new Set([`session-bridge service \`${noise.origin}\` sent a message that is not a hello`]), []]);
  const quiet = await logs(() => "", `window.say(${JSON.stringify(hello)})`);
  assert.deepEqual(quiet.texts(), []);
  for (const { page } of [stranger, future, noise, quiet]) await page.close();
});
