// A connection that others meddle with.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { SILENCE_MS, openConnected, openMounted, outcome } from "./lab.mjs";

const count = (tab) => tab.snapshot().then(({ sessions }) => sessions.find(({ id }) => id === "counter")?.data.count);

export function connectionScenario(play, stage) {
  describe(`${play.title}: a connection that others meddle with`, () => {
    let world;
    before(() => ({ world } = stage));

    async function openCounting() {
      const tab = await openConnected(world);
      await outcome(tab, (manager) => manager.addSession({ id: "counter", userId: "user", data: { count: 0 } }));
      return tab;
    }

    test(`hostile 11: ${play.title}: a second hello under the page's name takes the connection over, and is itself taken over`, async (t) => {
      const tab = await openCounting();
      const from = await count(tab);
      await tab.call(() => {
        const { message } = window.lab.posted.at(-1);
        window.lab.hello({ ...message, attempt: message.attempt + 1 }, { target: window.lab.windowOf(document.querySelector("iframe")) });
      });
      await until(() => tab.call(() => window.lab.heard.length >= 1), "the answer to the second hello");
      const { read, write } = await tab.call(async () => {
        const manager = window.sessionBridge;
        const end = (promise) => promise.then(() => "resolved", ({ code }) => code);
        const write = end(manager.updateSession("counter", ({ count }) => ({ count: count + 1 })));
        const read = end(manager.refresh());
        return { read: await read, write: await write };
      });
      t.diagnostic(`a read that waited: ${read}`);
      assert.equal(write, "resolved");
      assert.ok(["disconnected", "timeout"].includes(read), read);
      assert.equal(await count(tab), from + 1);
      assert.ok((await tab.call(() => window.sessionBridge.metrics().connection.losses)) >= 1);
      const before = await tab.call(() => {
        window.lab.port.postMessage(new Uint8Array([1, 3]));
        return window.lab.heard.length;
      });
      await outcome(tab, (manager) => manager.updateSession("counter", ({ count }) => ({ count: count + 1 })));
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      assert.equal(await tab.call(() => window.lab.heard.length), before, "the port that was taken over hears something");
      assert.equal((await tab.snapshot()).status, "live");
      assert.equal(await count(tab), from + 2);
      await tab.close();
    });

    test(`hostile 15: ${play.title}: the frame is led to another site: that site is sent nothing, and the page has its service back`, async () => {
      const tab = await openCounting();
      const from = await count(tab);
      const { posted, write } = await tab.call(async (elsewhere) => {
        const iframe = document.querySelector("iframe");
        const before = window.lab.posted.length;
        const { promise, resolve } = (() => { const parts = {}; parts.promise = new Promise((resolve) => (parts.resolve = resolve)); return parts; })();
        addEventListener("message", ({ data }) => data === "arrived" && resolve());
        iframe.src = elsewhere;
        await promise;
        const write = window.sessionBridge.updateSession("counter", ({ count }) => ({ count: count + 1 }));
        return { write: await write.then(() => "resolved", ({ code }) => code), posted: window.lab.posted.length - before };
      }, `${world.origins.siteB}/elsewhere.html`);
      assert.equal(write, "resolved");
      assert.ok(posted >= 1, "no hello went out, so none could have reached the wrong site");
      assert.deepEqual(await tab.call(() => window.lab.fromWindows.filter(({ data }) => data?.overheard)), []);
      await tab.untilSnapshot(({ status }) => status === "live", "the connection to be back");
      assert.equal(await count(tab), from + 1);
      await tab.close();
    });

    test(`hostile 10: ${play.title}: whatever a page posts to a window names the service's origin, and no window is posted to by the service`, async () => {
      const tab = await openCounting();
      await tab.inService(() => location.reload()).catch(() => {});
      await until(() => tab.call(() => window.sessionBridge.metrics().connection.opens >= 2), "another connection");
      await tab.ready();
      const posted = await tab.call(() => window.lab.posted.map(({ origin }) => origin));
      assert.ok(posted.length >= 2);
      assert.deepEqual([...new Set(posted)], [world.origins.service]);
      // The service's page of this test says that it runs; the package says nothing to windows.
      const others = await tab.call(() => window.lab.fromWindows.filter(({ data }) => data !== "listening"));
      assert.deepEqual(others, []);
      await tab.close();
    });

    test(`hostile 13: ${play.title}: names are drawn by crypto.getRandomValues and never by Math.random`, async () => {
      const tab = await world.open("siteA");
      const watch = () => {
        window.drawn = 0;
        const draw = crypto.getRandomValues.bind(crypto);
        crypto.getRandomValues = (bytes) => {
          window.drawn += bytes.byteLength;
          return draw(bytes);
        };
        window.guessed = 0;
        Math.random = () => (window.guessed += 1) * 0;
      };
      await tab.call(watch);
      await tab.call((url) => window.lab.connect(url), `${world.origins.service}/service.html`);
      await tab.ready();
      await tab.inService(watch);
      const ids = await tab.call(async () => {
        const added = await Promise.all([1, 2].map(() => window.sessionBridge.addSession({ userId: "user" })));
        return added.map(({ id }) => id);
      });
      for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
      assert.notEqual(ids[0], ids[1]);
      const { client } = await tab.call(() => window.lab.posted[0].message);
      assert.equal(new Set(client).size, 2);
      assert.ok((await tab.call(() => window.drawn)) >= 2 * 16 + 2 * 8, "the ids and the page's own name");
      assert.ok((await tab.inService(() => window.drawn)) >= 8, "the tag of the commit");
      assert.deepEqual([await tab.call(() => window.guessed), await tab.inService(() => window.guessed)], [0, 0]);
      await tab.close();
    });

    test(`hostile 7: ${play.title}: what a script raises at a port of the manager is no message`, async () => {
      const tab = await world.open("siteA");
      await tab.call(() => {
        window.ports = [];
        window.MessageChannel = class extends window.MessageChannel {
          constructor() {
            super();
            window.ports.push(this.port1);
          }
        };
      });
      await tab.call((url) => window.lab.connect(url), `${world.origins.service}/service.html`);
      await tab.ready();
      const [before, after] = await tab.call(() => {
        const told = () => [JSON.stringify(window.sessionBridge.getSnapshot()), window.sessionBridge.metrics().connection.malformed];
        const before = told();
        // Goodbye, as a service would say it.
        for (const data of [new Uint8Array([1, 7, 15]), { sessionBridge: "refused", min: 200, max: 250 }, null]) {
          for (const port of window.ports) port.dispatchEvent(new MessageEvent("message", { data }));
        }
        return [before, told()];
      });
      assert.equal(after[0], before[0]);
      assert.ok(after[1] >= before[1] + 3);
      await tab.close();
    });

    test(`hostile 16: ${play.title}: a service of an older, a newer or no protocol ends waiting with a typed error, and shows nothing`, async () => {
      for (const [query, code] of [["?min=200&max=250", "protocol_mismatch"], ["?min=0&max=0", "protocol_mismatch"], ["", "unreachable"]]) {
        const tab = await world.open("siteA");
        await tab.call((url) => window.lab.connect(url), `${world.origins.service}/refusing.html${query}`);
        // On a busy machine the first deadline is over before the service has refused.
        await until(async () => {
          const [name, told] = await tab.call(() => window.sessionBridge.waitForReady().then(() => ["ready"], (error) => [error.name, error.code]));
          assert.equal(name, "SessionError", query);
          return told === code;
        }, `${code} from ${query}`);
        const { status, sessions, version } = await tab.snapshot();
        assert.deepEqual([status, sessions, version], ["connecting", [], null]);
        await tab.close();
      }
    });

    test(`hostile 16: ${play.title}: a page of an older, a newer or no protocol is told what is spoken, or nothing`, async () => {
      const tab = await openMounted(world);
      const answers = await tab.call(async () => {
        const hello = (range) => window.lab.hello({ sessionBridge: "hello", client: [5, 6], attempt: 1, held: null, grant: null, ...range });
        for (const range of [{ min: 200, max: 250 }, { min: 0, max: 0 }, {}, { min: 1 }, { min: "1", max: "1" }]) hello(range);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return window.lab.heard;
      });
      assert.equal(answers.length, 2);
      for (const { sessionBridge, min, max } of answers) assert.ok(sessionBridge === "refused" && min >= 1 && max >= min && max < 200);
      assert.equal(await tab.inService(() => window.service.metrics().connections), 0);
      await tab.close();
    });
  });
}
