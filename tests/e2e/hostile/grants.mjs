// A page that is granted everything, and in a frame of it one that is granted little, over one store.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { Inner, openConnected, outcome } from "./lab.mjs";

/** What the narrow page must not be sent. */
const CANARY = "CANARY";
/** A store of its own. */
const STORE = "?store=grants";
/** Of each kind of refusal, by turns; several at a time, for some clocks tick in whole milliseconds. */
const ROUNDS = 16;
const AT_A_TIME = 6;

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

export function grantScenario(play, stage) {
  describe(`${play.title}: a page that is granted little`, () => {
    let world;
    let whole;
    let narrow;
    before(async () => {
      ({ world } = stage);
      whole = await openConnected(world, STORE);
      await outcome(whole, (manager, secret) => manager.addSession({ id: "s", userId: secret, data: { theme: "dark", secret } }), CANARY);
      await outcome(whole, (manager) => manager.addSession({ id: "t", userId: "t", data: { theme: "dark" } }));
      narrow = await Inner.open(whole, world.origins.siteB);
      await narrow.call(() => (window.lab.alter = (hello) => ({ ...hello, origin: "*", account: "admin", permissions: "*", read: "*", write: true })));
      // Who asks where the store stands is brought there by an event, whatever it shows: not amid what is counted.
      await narrow.connect(STORE, { heartbeatMs: 60_000 });
    });
    after(() => whole?.close());

    const theirs = [{ id: "s", userId: "", data: { theme: "dark" } }, { id: "t", userId: "", data: { theme: "dark" } }];
    const isSpared = async (page) => {
      const bytes = await page.call(() => window.bytes);
      assert.ok(bytes.includes("dark") && !bytes.includes(CANARY) && !bytes.includes("secret"), bytes);
    };

    test(`hostile 8, 29: ${play.title}: a page with a narrow grant is sent what that names, whatever it claims, and no event of anything else`, async () => {
      assert.deepEqual(await narrow.shown(), theirs);
      const events = () => narrow.call(() => window.sessionBridge.metrics().events.applied);
      const before = await events();
      for (const round of [1, 2, 3]) {
        await outcome(whole, (manager, secret) => manager.updateSession("s", { secret }), `${CANARY} ${round}`);
      }
      await outcome(whole, (manager) => manager.updateSession("t", { theme: "light" }));
      await until(async () => (await narrow.shown())[1].data.theme === "light", "the change that it is granted");
      assert.equal(await events(), before + 1);
      await outcome(whole, (manager) => manager.updateSession("t", { theme: "dark" }));
      await until(async () => (await narrow.shown())[1].data.theme === "dark", "the change back");
      await isSpared(narrow);
    });

    test(`hostile 28: ${play.title}: what a grant does not name is refused: by itself, in a bulk, after it has shown, and after a reconnection`, async () => {
      const told = await narrow.call(async () => {
        const manager = window.sessionBridge;
        const end = (promise) => promise.then(() => "resolved", ({ code }) => code);
        const shown = [];
        const seen = () => shown.push(manager.getSnapshot().sessions.length);
        const rolledBack = [];
        manager.addEventListener("write_rolled_back", ({ detail }) => rolledBack.push(detail.error.code));
        const ends = [];
        const added = end(manager.addSession({ userId: "u" }));
        seen();
        ends.push(await added);
        seen();
        ends.push(await end(manager.removeSession("s")));
        ends.push(await end(manager.setActiveSession("s")));
        ends.push(await end(manager.updateSession("s", { secret: "mine" })));
        ends.push(await end(manager.updateSession("s", () => ({ secret: null }))));
        ends.push(await end(manager.bulkUpdateSessions([{ op: "update", id: "t", patch: { theme: "bulk" } }, { op: "remove", id: "s" }])));
        const lost = new Promise((resolve) => manager.addEventListener("connection_lost", resolve, { once: true }));
        document.querySelector("iframe").remove();
        await lost;
        const late = [manager.removeSession("s"), manager.addSession({ userId: "u" }), manager.updateSession("t", { theme: "late" })];
        ends.push(...(await Promise.all(late.map(end))));
        return { ends, shown, rolledBack: new Set(rolledBack).size };
      });
      assert.deepEqual(told.ends, [...Array(8).fill("forbidden"), "resolved"]);
      assert.deepEqual(told.shown, [3, 2], "it showed, and went");
      assert.equal(told.rolledBack, 1);
      await whole.untilSnapshot(({ sessions }) => sessions.find(({ id }) => id === "t")?.data.theme === "late", "what it was granted");
      const { sessions, activeSession } = await whole.snapshot();
      assert.deepEqual(sessions.map(({ id }) => id), ["s", "t"]);
      assert.equal(activeSession, null);
      assert.ok(sessions[0].data.secret.startsWith(CANARY));
      await isSpared(narrow);
    });

    test(`hostile 25, 30: ${play.title}: what is there and what is not is refused alike`, async (t) => {
      const told = await narrow.call(async (rounds, atATime) => {
        const manager = window.sessionBridge;
        const ways = { there: () => manager.updateSession("s", { secret: "x" }), not: () => manager.updateSession("t", { secret: "x" }), nowhere: () => manager.updateSession("s", { none: "x" }) };
        const times = { there: [], not: [], nowhere: [] };
        const texts = new Set();
        for (let round = 0; round < rounds; round += 1) {
          for (const [name, way] of Object.entries(ways)) {
            const began = performance.now();
            for (let at = 0; at < atATime; at += 1) {
              // The key that the write itself names is said back to it, and nothing else.
              const said = (message) => message.replace(/`(secret|none)`/, "`the key`");
              await way().catch(({ name, code, message, retryable, ...rest }) => texts.add(JSON.stringify([name, code, said(message), retryable, rest])));
            }
            times[name].push(performance.now() - began);
          }
        }
        return { times, texts: [...texts] };
      }, ROUNDS, AT_A_TIME);
      assert.equal(told.texts.length, 1, told.texts.join("\n"));
      assert.match(told.texts[0], /"forbidden"/);
      // Nothing is asked of the times, which are the machine's. A test in Rust shows that the service does the same each time.
      const medians = Object.entries(told.times).map(([name, times]) => [name, median(times)]);
      t.diagnostic(medians.map(([name, ms]) => `${name}: ${ms.toFixed(2)} ms`).join(", ") + ` for ${AT_A_TIME}`);
    });

    test(`hostile 12: ${play.title}: another granted origin in the same frame, under the same name, is a page of its own`, async () => {
      const granted = `http://granted.localhost:${new URL(world.origins.siteB).port}`;
      const first = await Inner.open(whole, granted);
      await first.connect(STORE);
      assert.ok((await first.shown())[0].data.secret.startsWith(CANARY));
      const stolen = await first.call(async () => {
        await window.sessionBridge.addSession({ id: "u", userId: "u", data: { theme: "dark" } });
        // What a page says that comes back: all that it holds, under which grant.
        const lost = new Promise((resolve) => window.sessionBridge.addEventListener("connection_lost", resolve, { once: true }));
        document.querySelector("iframe").remove();
        await lost;
        await window.sessionBridge.refresh().catch(() => {});
        return window.lab.posted.at(-1).message;
      });
      assert.ok(stolen.held && stolen.grant !== null, JSON.stringify(stolen));
      // The frame of the narrow page goes: that page's is looked for by its origin.
      await whole.call((origin) => [...document.querySelectorAll("iframe")].find(({ src }) => src.startsWith(origin)).remove(), world.origins.siteB);
      const second = await Inner.open(whole, world.origins.siteB, first);
      await second.call(({ client, held, grant }) => (window.lab.alter = (hello) => ({ ...hello, client, held, grant })), stolen);
      await second.connect(STORE);
      assert.deepEqual(await second.shown(), [...theirs.slice(0, 1), { id: "t", userId: "", data: { theme: "late" } }, { id: "u", userId: "", data: { theme: "dark" } }]);
      const end = await second.call(() => window.sessionBridge.removeSession("u").then(() => "resolved", ({ code }) => code));
      assert.equal(end, "forbidden");
      await isSpared(second);
    });
  });
}
