// Frames that never load, or may do little.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { serviceUrl } from "./lab.mjs";

const DEADLINE_MS = 1_000;
/** For a service that is there, on a busy machine. */
const PATIENT_MS = 15_000;
/** How much later than at its deadline a promise may settle on a busy machine. */
const LATE_MS = 4_000;

/** A port on which nobody answers, and one on which nobody listens. */
async function deadPorts() {
  const held = new Set();
  const silent = createServer((socket) => held.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  const closed = createServer().listen(0, "127.0.0.1");
  await Promise.all([silent, closed].map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = { silent: silent.address().port, closed: closed.address().port };
  await new Promise((resolve) => closed.close(resolve));
  return {
    ...ports,
    close() {
      for (const socket of held) socket.destroy();
      silent.close();
    },
  };
}

/** The manager's frames get these attributes. */
const dress = (attributes) => {
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (...parameters) {
    const element = create.apply(this, parameters);
    if (element instanceof HTMLIFrameElement) for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
};

export function frameScenario(play, stage) {
  describe(`${play.title}: frames that cannot do what they should`, () => {
    let world;
    let ports;
    before(async () => {
      ports = await deadPorts();
      ({ world } = stage);
    });
    after(() => ports?.close());

    /** How waiting for a connection ends, after how long, and what the page shows then. */
    async function tried(url, attributes = {}, deadlineMs = DEADLINE_MS) {
      const tab = await world.open("siteA");
      await tab.call(dress, attributes);
      const told = await tab.call(async (url, requestTimeoutMs) => {
        window.warned = [];
        const { warn } = console;
        console.warn = (...what) => (window.warned.push(what.join(" ")), warn.apply(console, what));
        await window.lab.connect(url, { requestTimeoutMs });
        const began = performance.now();
        const end = await window.sessionBridge.waitForReady().then(() => "ready", ({ name, code }) => `${name} ${code}`);
        return { end, after: performance.now() - began };
      }, url, deadlineMs);
      const { status, storage, sessions } = await tab.snapshot();
      const worn = await tab.call((names) => {
        const frame = document.querySelector("iframe");
        return names.map((name) => frame?.getAttribute(name));
      }, Object.keys(attributes));
      if (told.end !== "ready") assert.ok(told.after < DEADLINE_MS + LATE_MS, `it took ${told.after} ms`);
      return { ...told, status, storage, sessions, worn, tab };
    }

    test(`hostile 17: ${play.title}: a server that never answers, one that is not there, and a page without a service`, async (t) => {
      const urls = [`http://127.0.0.1:${ports.silent}/?q`, `http://127.0.0.1:${ports.closed}/?q`, `${world.origins.service}/none.html?q`];
      await Promise.all(urls.map(async (url) => {
        const { end, status, sessions, tab } = await tried(url);
        assert.deepEqual([end, status, sessions], ["SessionError unreachable", "connecting", []], url);
        const read = await tab.call(() => window.sessionBridge.getAllSessions().then(() => "read", ({ code }) => code));
        assert.ok(["unreachable", "timeout"].includes(read), read);
        const warned = () => tab.call(() => window.warned.filter((text) => text.startsWith("session-bridge: ")));
        await until(async () => (await warned()).length > 0, "a warning");
        const [text] = await warned();
        t.diagnostic(`${new URL(url).pathname} ${text}`);
        assert.ok(text.includes(new URL(url).origin) && !text.includes("?"), text);
        await tab.close();
      }));
    });

    test(`hostile 18: ${play.title}: in a sandbox without scripts, or without an origin, it is unreachable at the deadline`, async () => {
      await Promise.all(["", "allow-scripts", "allow-same-origin"].map(async (sandbox) => {
        const { end, worn, tab } = await tried(serviceUrl(world), { sandbox });
        assert.deepEqual([end, worn], ["SessionError unreachable", [sandbox]]);
        await tab.close();
      }));
    });

    const alone = [{ sandbox: "allow-scripts allow-same-origin" }, { allow: "storage-access 'none'" }, { credentialless: "" }];
    for (const attributes of alone) {
      const [[name, value]] = Object.entries(attributes);
      test(`hostile 18: ${play.title}: with ${name}="${value}" it works alone, and says so`, async (t) => {
        const { end, worn, storage, tab } = await tried(serviceUrl(world), attributes, PATIENT_MS);
        assert.deepEqual([end, worn], ["ready", [value]]);
        const known = await tab.call((name) => name in HTMLIFrameElement.prototype, name);
        t.diagnostic(`${known ? "" : "an attribute that is not known here: "}${storage.level}, ${storage.shared ? "shared" : "not shared"}`);
        assert.ok(["partitioned", "memory"].includes(storage.level), storage.level);
        assert.equal(storage.shared, false);
        const { pending } = await tab.call(() => window.sessionBridge.addSession({ userId: "user" }));
        assert.equal(pending, false);
        await tab.close();
      });
    }
  });
}
