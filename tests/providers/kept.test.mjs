// Databases that older builds wrote, opened by this one: pages see what they saw, and writes take effect once.
//
// What lies under each kind of store was recorded from the last build that wrote its schema, given the commits that
// `tests/wire/stores` keeps. It is never recorded anew. With `STORE_RECORD` set, this build writes down stores of its own schema,
// for the builds that come after the next one; `cargo test --test wire stores` does so first.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { blankPages } from "../e2e/harness/blank.mjs";
import { until } from "../e2e/harness/until.mjs";
import { decode, encode } from "../wire/lib/postcard.mjs";
import { FOR_EVER, NO_REQUESTS, NO_TERMS, ToManager, ToService, VERSION } from "../wire/lib/schema.mjs";
import { End } from "../wire/lib/stage.mjs";

/** The schemas that were recorded, and what this build writes. */
const [KEPT, WRITES] = [[2, 3], 4];
const KINDS = ["indexeddb", "localstorage", "plain", "own"];
const STORES = ["plain", "mixed", "absorbed", "sealed"];
const ORIGINS = ["https://one.example", "https://two.example"];
/** A client that no store knows. */
const NOBODY = [77, 78];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const OWNER = "https://owner.example";
/** The origins that the stores know are on no server. What their pages ask for is answered from a folder each. */
const FOLDERS = { [OWNER]: "", [ORIGINS[0]]: "/wire", [ORIGINS[1]]: "/wire" };
const stand = blankPages({ mounts: { "/kept": here("kept"), "/wire": here("../wire/pages") }, setting: "blocked" });
/** A store as the service of this schema wrote it. Sessions of a schema that knows no lifetimes never expire; of one that knows no
 *  requests, none were made. */
async function recorded(schema, store) {
  const { sessions, ...kept } = JSON.parse(await readFile(here(`../wire/stores/schema-${schema}/${store}.json`), "utf8"));
  return { ...kept, sessions: sessions.map((session) => ({ lifetime: FOR_EVER, requests: NO_REQUESTS, ...session })) };
}

test("each kind of store holds what it was given", async () => {
  const schema = process.env.STORE_RECORD ? WRITES : KEPT.at(-1);
  const page = await stand.open("service");
  const all = {};
  for (const kind of KINDS) {
    all[kind] = {};
    for (const store of STORES) {
      const { commits } = await recorded(schema, store);
      all[kind][store] = await page.evaluate(async (...args) => (await import("/kept/raw.js")).made(...args), kind, store, commits);
      for (const [key] of commits.at(-1).puts) assert.ok(JSON.stringify(all[kind][store]).includes(JSON.stringify(key).slice(1, -1)), `${kind}, ${store}: ${key}`);
    }
  }
  await page.close();
  if (!process.env.STORE_RECORD) return;
  for (const kind of KINDS) {
    await mkdir(here(`kept/schema-${WRITES}`), { recursive: true });
    await writeFile(here(`kept/schema-${WRITES}/${kind}.json`), `${JSON.stringify(all[kind], null, 1)}\n`);
  }
});

async function answer(request) {
  const { origin, pathname } = new URL(request.url());
  if (!(origin in FOLDERS)) return request.continue();
  const found = await fetch(`${stand.origins.service}${FOLDERS[origin]}${pathname}`);
  return request.respond({ status: found.status, contentType: found.headers.get("content-type"), body: Buffer.from(await found.arrayBuffer()) });
}

/** A page of an origin that the stores know, which speaks the wire by hand to a service over a kept one. */
async function host(origin, query) {
  const page = await stand.browser.newPage();
  await page.setRequestInterception(true);
  page.on("request", answer);
  await page.goto(`${origin}/host.html`);
  await page.evaluate((url) => window.wire.mount(url), `${OWNER}/kept/service.html?${new URLSearchParams(query)}`);
  return { page, end: new End(page) };
}

let attempt = 0;

/** What is said to a client that holds `held`, up to the end of what it missed. */
async function greeted({ page, end }, client, { held = null, grant = null } = {}) {
  const hello = { sessionBridge: "hello", min: VERSION, max: VERSION, client, attempt: ++attempt, held, grant };
  await page.evaluate((hello) => window.wire.hello(hello), hello);
  const heard = {};
  for (;;) {
    const message = decode(ToManager, VERSION, await end.hear());
    const [kind] = Object.keys(message);
    if (kind === "Goodbye") throw new Error(`the service cannot read the store: ${message.Goodbye}`);
    (heard[kind] ??= []).push(message[kind]);
    if (kind === "Synced") return heard;
  }
}

const say = ({ end }, message) => end.say(encode(ToService, VERSION, message));
const leave = (at) => say(at, "Bye");

/** Writes, and gives what becomes of it. */
async function outcomeOf(at, n, base, mutations) {
  await say(at, { Writes: { settled: 0, writes: [{ n, predecessor: 0, base, reads_from: null, mutations }] } });
  for (;;) {
    const message = decode(ToManager, VERSION, await at.end.hear());
    const mine = message.Outcomes ?? message.Event?.mine ?? [];
    const [, outcome] = mine.find(([its]) => its === n) ?? [];
    if (outcome) return outcome;
  }
}

const shown = ({ Page }) => ({ sessions: Page.flatMap(({ sessions }) => sessions), active: Page.at(-1).end.active });

for (const schema of KEPT) {
  for (const kind of KINDS) {
    for (const store of STORES) {
      test(`schema ${schema}: ${kind}, ${store}: what was kept shows, and what was written is known`, { timeout: 120_000 }, async () => {
        const { commits } = await recorded(schema, store);
        // A sealed store shows what it showed before. There is no better one here, so it is opened again.
        const { sessions, active, outcomes } = await recorded(schema, store === "sealed" ? "plain" : store);
        const last = commits.at(-1).version.seq + (store === "sealed" ? 1 : 0);
        for (const [place, origin] of ORIGINS.entries()) {
          const at = await host(origin, { schema, kind, store, name: `${schema}-${store}-${place}` });
          const greeting = async () => {
            const heard = await greeted(at, NOBODY);
            assert.deepEqual(shown(heard), { sessions, active });
            return heard;
          };
          const { Welcome, Page } = await until(async () => {
            const heard = await greeting();
            return heard.Page[0].version.seq === last && heard;
          }, "the last commit", { ms: 60_000, every: 200 });
          const [{ version }] = Page;
          await leave(at);
          for (const [, client, n, outcome] of outcomes.filter(([its]) => its === place)) {
            await greeted(at, client);
            assert.deepEqual(await outcomeOf(at, n, version, [{ Activate: null }]), outcome, `write ${n} of ${client}`);
            await leave(at);
          }
          assert.deepEqual((await greeting()).Page[0].version, version, "nothing was written for that");
          await leave(at);
          await goesOn(at, { commits, sessions, grant: Welcome[0].grant, version });
          await at.page.close();
        }
      });
    }
  }
}

/** A page that was away is told what it missed, and what is written takes effect, once. */
async function goesOn(at, { commits, sessions, grant, version }) {
  const from = commits.map((commit) => commit.version).find(({ epoch, seq }) => epoch === version.epoch && seq > 1);
  const behind = await greeted(at, [NOBODY[0], 79], { held: [from.epoch, from.seq, from.tag], grant });
  assert.deepEqual([behind.Page, behind.Event[0].follows, behind.Event.at(-1).version], [undefined, from, version]);
  const mutations = [{ Add: { id: "on top", user_id: "u", data: "{}", terms: NO_TERMS } }];
  const outcome = await outcomeOf(at, 1, version, mutations);
  assert.ok(outcome.Accepted > version.seq, JSON.stringify(outcome));
  assert.deepEqual(await outcomeOf(at, 1, version, mutations), outcome);
  await leave(at);
  const last = await greeted(at, NOBODY);
  assert.deepEqual(shown(last).sessions.filter(({ id }) => id !== "on top"), sessions);
  assert.deepEqual(shown(last).sessions.filter(({ id }) => id === "on top").map((session) => session.version), [outcome.Accepted]);
  assert.equal(last.Page[0].version.seq, outcome.Accepted, "there was one commit");
}
