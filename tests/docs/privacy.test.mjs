// The names in docs/privacy.md are those that a service page leaves in a browser, and there are no others.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/lib/paths.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { until } from "../e2e/harness/until.mjs";
import { serve } from "../../scripts/serve.mjs";
import { textOf } from "./lib/documents.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const text = await textOf("docs/privacy.md");
/** The rows of all tables: of each cell the code in it, or its words. */
const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---")).map((line) => line.slice(2, -2).split(" | ").map((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code)));
/** What the document says of a place: the code in the second cells of its rows. */
const told = (place) => rows.filter(([[first]]) => first === place).flatMap(([, second]) => second).sort();
/** A key without the part that differs: `s/ada` is `s/…`. */
const kind = (key) => key.replace(/^(\w)\/.*/, "$1/…");
/** A name without the address or origin behind it. */
const stem = (name) => name.split(" ")[0];

/** A manager on a page of this site; `open` answers the page and what is stored in the frame. */
async function opened(t, setting) {
  const servers = await serve({
    ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
    mounts: { "": here("../providers/page"), "/package": join(root, "dist"), "/pages": here("../e2e/pages") },
  });
  t.after(servers.close);
  const { browser, close } = await launch(setting);
  t.after(close);
  return { origins: servers.origins, browser };
}

async function manage({ origins, browser }, site, store) {
  const page = await browser.newPage();
  await page.goto(`${origins[site]}/pages/bare.html`);
  await page.evaluate(async (serviceUrl) => {
    const { SessionManager } = await import("/package/manager.js");
    window.manager = new SessionManager({ serviceUrl });
    await window.manager.waitForReady();
  }, `${origins.service}/service.html?store=${encodeURIComponent(store)}`);
  return { page, frame: page.frames().find((frame) => frame !== page.mainFrame()) };
}

const useIt = (page) => page.evaluate(async () => {
  await window.manager.addSession({ id: "ada", userId: "u-1", data: { name: "Ada" } });
  await window.manager.addSession({ id: "grace", userId: "u-2", data: { name: "Grace" } });
  await window.manager.setActiveSession("ada");
  await window.manager.removeSession("grace");
});

/** Everything that a document can have stored, by name. */
const stored = (frame) => frame.evaluate(async () => {
  const done = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
  const databases = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    databases[name] = {};
    for (const table of database.objectStoreNames) databases[name][table] = await done(database.transaction(table).objectStore(table).getAllKeys());
    database.close();
  }
  return { databases, local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie, caches: await caches.keys() };
});

/** The same, once what was written is folded into the entries. */
const folded = (frame) => until(async () => {
  const all = await stored(frame);
  return all.databases["session-bridge:default"].entries.includes("t/grace") && all;
}, "the removal among the entries");

const NOTHING = { databases: {}, local: [], session: [], cookies: "", caches: [] };

test("a store in IndexedDB holds the keys that are told, and nothing else is stored", async (t) => {
  const stand = await opened(t, "blocked");
  const { page, frame } = await manage(stand, "siteA", "indexeddb default");
  await useIt(page);
  const { databases, ...others } = await folded(frame);
  assert.deepEqual(Object.keys(databases), ["session-bridge:default"]);
  const { entries, log, meta } = databases["session-bridge:default"];
  const seldom = ["a/…", "migration", "moved", "moving"];
  assert.deepEqual([...new Set(entries.map(kind))].sort(), told("entries").filter((key) => !seldom.includes(key)));
  assert.deepEqual(meta.sort(), told("meta"));
  assert.ok(log.length > 0 && log.every(Number.isInteger));
  assert.deepEqual(Object.keys(databases["session-bridge:default"]).sort(), ["entries", "log", "meta"]);
  assert.deepEqual({ ...others, databases: {} }, NOTHING);
  assert.deepEqual(await stored(page), NOTHING, "of the page's own origin");
});

test("what a removed session held is gone from its entry, stands in the log, and the origin that wrote is kept", async (t) => {
  const stand = await opened(t, "blocked");
  const { page, frame } = await manage(stand, "siteA", "indexeddb default");
  await useIt(page);
  await folded(frame);
  const [entries, log] = await frame.evaluate(async () => {
    const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await done(indexedDB.open("session-bridge:default"));
    const all = async (table) => JSON.stringify([await done(database.transaction(table).objectStore(table).getAllKeys()), await done(database.transaction(table).objectStore(table).getAll())]);
    return [await all("entries"), await all("log")];
  });
  assert.deepEqual([entries.includes("u-1"), entries.includes("u-2"), entries.includes("t/grace"), log.includes("u-2")], [true, false, true, true]);
  assert.ok(entries.includes(stand.origins.siteA));
});

test("a handle leaves an empty store on the site, and the marks that are told, in this tab", async (t) => {
  const stand = await opened(t, "allowed");
  const { page, frame } = await manage(stand, "siteA", "indexeddb default");
  await useIt(page);
  const { databases, local, session } = await stored(frame);
  const { entries, log } = databases["session-bridge:default"];
  assert.deepEqual([Object.keys(databases).length, entries, log, local, session], [1, [], [], [], [`session-bridge:given-handle ${frame.url()}`]]);
  assert.deepEqual(told("sessionStorage"), ["session-bridge renewed", "session-bridge:given-handle", "session-bridge:touching-handle"]);
  assert.deepEqual(await stored(page), NOTHING, "of the page's own origin");
});

test("a store in localStorage has the keys that are told", async (t) => {
  const stand = await opened(t, "blocked");
  const { page, frame } = await manage(stand, "siteA", "localstorage default");
  await useIt(page);
  const { local, ...others } = await stored(frame);
  const known = [...text.matchAll(/`(session-bridge:default:[\w:]*)`/g)].map(([, name]) => name);
  const found = new Set(local.map((key) => key.replace(/^(session-bridge:default:[el]:).*/, "$1")));
  assert.deepEqual([...found].filter((name) => !known.includes(name)), []);
  assert.ok(found.size >= 3);
  assert.deepEqual({ ...others, local: [] }, NOTHING);
});

test("a person who declines leaves the key that is told", async (t) => {
  const stand = await opened(t, "blocked");
  const { page, frame } = await manage(stand, "siteA", "indexeddb default");
  await page.bringToFront();
  await page.evaluate(() => void (window.asked = window.manager.requestStorageAccess().then(() => (window.over = true))));
  await until(() => frame.evaluate(() => document.querySelector("session-bridge-prompt") !== null), "the prompt");
  await until(() => page.evaluate(() => document.querySelector("dialog").open), "the frame, shown");
  await page.evaluate(() => document.querySelector("dialog iframe").focus());
  await page.keyboard.press("Escape");
  await until(() => page.evaluate(() => window.over), "the answer");
  const { local } = await stored(frame);
  assert.deepEqual(local, [`session-bridge-declined ${stand.origins.siteA}`]);
  assert.deepEqual(told("localStorage"), local.map(stem));
});

test("the tables of a store's keys are the one of the code", async () => {
  const folder = join(root, "src", "service");
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".rs"));
  const tables = [];
  for (const file of files) {
    const keys = [...(await readFile(join(folder, file), "utf8")).matchAll(/^\/\/! \| `([^`]+)` \|/gm)].map(([, key]) => kind(key));
    if (keys.includes("s/…")) tables.push(keys.sort());
  }
  const layout = (await textOf("docs/storage.md")).split("## Keys and values")[1];
  tables.push([...layout.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => kind(key)).sort());
  assert.deepEqual(tables, [told("entries"), told("entries")]);
});
