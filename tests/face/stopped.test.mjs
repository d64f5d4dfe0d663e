// What a service leaves in its page's window once it is stopped, or did not start. The module is a stand-in: it has no listeners.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { root } from "../../scripts/lib/paths.mjs";

const MODULE = `
export const BUILD = "stand-in";
export class Database {}
export class ServiceCore {
  constructor() { if (globalThis.refuses === "core") throw new Error("no core"); }
  select() { return globalThis.refuses === "store" ? Promise.reject(new Error("no store")) : Promise.resolve(); }
  storage() { return { level: 5, shared: false, upgrade: 0 }; }
  stop() {}
}
export const loadModule = () => (globalThis.refuses === "module" ? Promise.reject(new Error("no module")) : Promise.resolve());`;

const { addEventListener, removeEventListener } = globalThis;
const options = { grants: [{ origin: "https://shop.example", read: "*" }], storage: "memory", debug: false };
/** The listeners of the window, each as its type and function. */
let heard = [];
let folder;
let startSessionService;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "session-bridge-stopped-"));
  const outfile = join(folder, "service.mjs");
  const standIn = {
    name: "stand-in",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /(\/dist\/service\/service|\/load-service)\.js$/ }, () => ({ path: "module", namespace: "stand-in" }));
      onLoad({ filter: /.*/, namespace: "stand-in" }, () => ({ contents: MODULE }));
    },
  };
  await esbuild.build({ entryPoints: [join(root, "js/service.js")], outfile, bundle: true, format: "esm", plugins: [standIn], external: ["./prompt/prompt.js", "./providers.js", "./diagnosis/diagnosis.js"], logLevel: "error" });
  globalThis.addEventListener = (type, listener) => void heard.push({ type, listener });
  globalThis.removeEventListener = (type, listener) => void (heard = heard.filter((one) => one.type !== type || one.listener !== listener));
  ({ startSessionService } = await import(pathToFileURL(outfile).href));
});

after(async () => {
  Object.assign(globalThis, { addEventListener, removeEventListener, refuses: undefined });
  await rm(folder, { recursive: true });
});

test("a service that is started and stopped ten times leaves no listener in the window", async () => {
  for (let round = 0; round < 10; round++) {
    const service = await startSessionService(options);
    assert.ok(heard.length > 0, "while it runs it hears the page around");
    await service.stop();
    assert.deepEqual(heard, []);
  }
});

test("a start that fails leaves none either, whatever failed", async () => {
  for (const refuses of ["module", "core", "store"]) {
    globalThis.refuses = refuses;
    await assert.rejects(startSessionService(options), { message: `no ${refuses}` });
    assert.deepEqual(heard, [], refuses);
  }
});
