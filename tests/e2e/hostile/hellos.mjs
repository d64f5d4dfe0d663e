// What is no hello, or nobody's who may say one.
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { HELLO, SILENCE_MS, heard, isAnsweredOnce, openMounted } from "./lab.mjs";

const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

/** From now on the service's frame keeps from whom it hears, and how many ports are closed in it. */
const watchService = (tab) =>
  tab.inService(() => {
    window.came = [];
    window.portsClosed = 0;
    addEventListener("message", ({ source, isTrusted }) => window.came.push({ fromParent: source === parent, fromNobody: source === null, isTrusted }));
    const close = MessagePort.prototype.close;
    MessagePort.prototype.close = function () {
      window.portsClosed += 1;
      close.call(this);
    };
  });

export function helloScenario(play, stage) {
  describe(`${play.title}: hellos that are none`, () => {
    let world;
    let tab;
    before(() => ({ world } = stage));
    beforeEach(async () => {
      tab = await openMounted(world);
      await watchService(tab);
    });
    afterEach(async () => {
      assert.deepEqual(await tab.inService(() => window.complaints), [], "the service complained");
      await tab.close();
    });

    const came = () => tab.inService(() => window.came);
    const malformed = () => tab.inService(() => window.service.metrics().malformed);

    /** Nothing was answered and nothing counted, and the next good one is answered. */
    async function leftNoTrace(counted = 0) {
      await silence();
      assert.equal(await heard(tab), 0);
      assert.deepEqual(await tab.inService(() => [window.service.metrics().connections, window.service.metrics().malformed]), [0, counted]);
      await isAnsweredOnce(tab);
    }

    test(`hostile 5: ${play.title}: a hello of a sibling frame and of a popup, both of the granted origin`, async (t) => {
      const popup = await tab.call(async (hello) => {
        const sibling = window.lab.frame("/lab.html");
        await new Promise((resolve) => (sibling.onload = resolve));
        const target = window.lab.windowOf(window.lab.service);
        const { lab } = window.lab.windowOf(sibling);
        window.others = [lab];
        lab.hello(hello, { target });
        const popup = window.open("/lab.html");
        if (!popup) return false;
        for (let tries = 0; tries < 200 && !popup.lab; tries += 1) await new Promise((resolve) => setTimeout(resolve, 25));
        if (!popup.lab) return false;
        window.others.push(popup.lab);
        popup.lab.hello(hello, { target });
        return true;
      }, HELLO);
      t.diagnostic(popup ? "with a popup" : "the browser opens no popup without a click");
      await until(async () => (await came()).length === 1 + Number(popup), "the messages of others to arrive", { describe: came });
      assert.deepEqual((await came()).filter(({ fromParent }) => fromParent), []);
      await silence();
      assert.deepEqual(await tab.call(() => window.others.map(({ heard }) => heard.length)), popup ? [0, 0] : [0]);
      await leftNoTrace();
    });

    test(`hostile 6: ${play.title}: a hello of a frame that is gone when it arrives`, async (t) => {
      await tab.call(async (hello) => {
        const sibling = window.lab.frame("/lab.html");
        await new Promise((resolve) => (sibling.onload = resolve));
        window.lab.windowOf(sibling).lab.hello(hello, { target: window.lab.windowOf(window.lab.service) });
        sibling.remove();
      }, HELLO);
      await until(async () => (await came()).length === 1, "the message to arrive", { describe: came }).catch(() => {});
      const [message] = await came();
      t.diagnostic(!message ? "it does not arrive" : `it arrives ${message.fromNobody ? "without" : "with"} a source`);
      assert.ok(!message?.fromParent);
      await leftNoTrace();
    });

    test(`hostile 7: ${play.title}: a hello that a script raised in the service's own window`, async () => {
      const answered = await tab.inService(async (hello, origin) => {
        const { port1, port2 } = new MessageChannel();
        let answers = 0;
        port1.onmessage = () => (answers += 1);
        for (const source of [parent, window, null]) {
          const event = new MessageEvent("message", { data: hello, origin, ports: [port2] });
          // As a member of its own it can be anything, in every engine.
          Object.defineProperty(event, "source", { value: source });
          dispatchEvent(event);
        }
        await new Promise((resolve) => setTimeout(resolve, 300));
        return answers;
      }, HELLO, world.origins.siteA);
      assert.equal(answered, 0);
      assert.deepEqual((await came()).map(({ isTrusted }) => isTrusted), [false, false, false]);
      await leftNoTrace();
    });

    test(`hostile 8: ${play.title}: a hello that claims another origin and permissions, of an origin without a grant`, async () => {
      const { siteA, siteB } = world.origins;
      const evil = await openMounted(world, siteB.replace("b.localhost", "evil.localhost"));
      const claims = { origin: siteA, account: "admin", permissions: "*", grant: null, read: "*", write: true, grants: [{ origin: "*", read: "*", write: true }] };
      for (const origin of [siteA, siteB]) await evil.call((hello) => window.lab.hello(hello), { ...HELLO, ...claims, origin });
      await silence();
      assert.equal(await heard(evil), 0);
      await evil.close();
    });

    test(`hostile 14: ${play.title}: a hello without a port, with two, with one that is closed, or that was given away already`, async (t) => {
      const sent = await tab.call((hello) => {
        const ways = [
          { count: 0 },
          { count: 2 },
          { alter: ([{ port1 }]) => port1.close() },
          { alter: ([{ port2 }]) => port2.close() },
          { alter: ([{ port2 }]) => new MessageChannel().port1.postMessage(null, [port2]) },
        ];
        return ways.map((way) => {
          try {
            window.lab.hello(hello, way);
            return "sent";
          } catch ({ name }) {
            return name;
          }
        });
      }, HELLO);
      t.diagnostic(sent.join(", "));
      assert.deepEqual([sent.slice(0, 3), sent[4]], [["sent", "sent", "sent"], "DataCloneError"], "the browser itself sees to the last");
      const arriving = sent.filter((one) => one === "sent").length;
      await until(async () => (await came()).length === arriving, "the hellos to arrive", { describe: came });
      await silence();
      assert.equal(await heard(tab), 0);
      assert.equal(await malformed(), 2);
      await isAnsweredOnce(tab);
      assert.equal(await tab.inService(() => window.service.metrics().connections), 1, "those that were dead stayed");
    });

    test(`hostile 27: ${play.title}: what is transferred along is not used, and ports are closed`, async () => {
      await tab.call((hello) => {
        const { lab } = window;
        lab.hello({ no: "hello" }, { count: 3 });
        lab.hello(hello, { count: 2 });
        lab.given = new ArrayBuffer(1_000);
        lab.hello({ no: "hello" }, { count: 0, extra: [lab.given] });
      }, HELLO);
      await until(async () => (await came()).length === 3, "the messages to arrive", { describe: came });
      assert.equal(await tab.inService(() => window.portsClosed), 5);
      assert.equal(await malformed(), 3);
      assert.equal(await heard(tab), 0);
      await tab.call((hello) => window.lab.hello(hello, { extra: [new ArrayBuffer(8)] }), HELLO);
      await until(async () => (await heard(tab)) >= 3, "the answer to a hello that is good but for a buffer with it");
      // All of it: on a busy machine the last message of the answer is late.
      await silence();
      const before = await heard(tab);
      await tab.call(() => {
        const { port1, port2 } = new MessageChannel();
        window.answers = 0;
        port1.onmessage = () => (window.answers += 1);
        window.lab.port.postMessage("not bytes", [port2]);
        port1.postMessage("to nobody");
      });
      await until(async () => (await malformed()) === 4, "the message to arrive");
      await silence();
      assert.deepEqual([await heard(tab), await tab.call(() => window.answers)], [before, 0]);
    });
  });
}
