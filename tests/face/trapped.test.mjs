// A module that was stopped amid its work, as by a stack that is full. It is a stand-in: every call of it traps.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { root } from "../../scripts/lib/paths.mjs";

const MODULE = `
const trap = () => { throw new WebAssembly.RuntimeError("unreachable"); };
const SHOWN = Object.freeze({ status: "live", sessions: [], pendingWrites: 0 });
export const BUILD = "stand-in";
export const VERSION = "1.2.3";
export class ManagerCore {
  constructor() {
    return (globalThis.module = new Proxy({ snapshot: () => SHOWN, numbers: () => ({}), free() {} }, { get: (known, name) => known[name] ?? trap }));
  }
}
export const loadModule = () => Promise.resolve();`;

const { document, Document } = globalThis;
const FIRST = { userId: "u" };
let folder;
let manager;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "session-bridge-trapped-"));
  const outfile = join(folder, "manager.mjs");
  const standIn = {
    name: "stand-in",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /(\/dist\/manager\/manager|\/load-manager)\.js$/ }, () => ({ path: "module", namespace: "stand-in" }));
      onLoad({ filter: /.*/, namespace: "stand-in" }, () => ({ contents: `${MODULE}\nexport const load = loadModule;` }));
    },
  };
  await esbuild.build({ entryPoints: [join(root, "js/index.js")], outfile, bundle: true, format: "esm", plugins: [standIn], external: ["./diagnosis/diagnosis.js"], logLevel: "error" });
  globalThis.Document = class {
    get baseURI() {
      return "https://shop.example/";
    }
  };
  globalThis.document = new globalThis.Document();
  const { SessionManager } = await import(pathToFileURL(outfile).href);
  manager = new SessionManager({ serviceUrl: "https://id.example/service.html", debug: false });
  await new Promise((resolve) => setTimeout(resolve));
});

after(async () => {
  await manager.close();
  Object.assign(globalThis, { document, Document });
  await rm(folder, { recursive: true });
});

const calls = {
  "an add": () => manager.addSession(FIRST),
  "an update by function": () => manager.updateSession("a", (data) => data),
  "a removal": () => manager.removeSession("a"),
  "a bulk": () => manager.bulkUpdateSessions([{ op: "remove", id: "a" }]),
  "a read": () => manager.getSession("a"),
  "a refresh": () => manager.refresh(),
};

for (const [what, call] of Object.entries(calls)) {
  test(`${what} is rejected with a SessionError that keeps the cause`, async () => {
    const { name, code, retryable, message, cause } = await call().then(() => assert.fail("it resolved"), (error) => error);
    assert.deepEqual({ name, code, retryable }, { name: "SessionError", code: "internal", retryable: false });
    assert.match(message, /Reload the page/);
    assert.ok(cause instanceof WebAssembly.RuntimeError);
  });
}

test("a report is given all the same", () => {
  const own = { snapshot: globalThis.module.snapshot, numbers: globalThis.module.numbers };
  globalThis.module.snapshot = globalThis.module.numbers = globalThis.module.other;
  const { version, build, status, correlationId } = manager.report();
  Object.assign(globalThis.module, own);
  assert.deepEqual({ version, build, status, correlationId }, { version: "1.2.3", build: "stand-in", status: "connecting", correlationId: null });
});

test("a close ends, and what is asked after it is told so", async () => {
  await manager.close();
  await assert.rejects(manager.addSession(FIRST), { code: "closed" });
});
