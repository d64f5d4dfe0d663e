// Pages and services in other places than usual.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { HELLO, SILENCE_MS, serviceUrl } from "./lab.mjs";

export function placeScenario(play, stage) {
  describe(`${play.title}: unusual places`, () => {
    let world;
    before(() => ({ world } = stage));

    test(`hostile 48: ${play.title}: page and service work under trusted types and a policy for scripts`, async (t) => {
      const tab = await world.open("siteA");
      await tab.window.goto(`${world.origins.siteA}/strict.html`);
      await until(() => tab.call(() => Boolean(window.lab)), "the page with a policy");
      const enforced = await tab.call(() => {
        try {
          document.createElement("div").innerHTML = "<b>text</b>";
          return false;
        } catch {
          return true;
        }
      });
      t.diagnostic(enforced ? "trusted types are enforced" : "this engine knows no trusted types");
      assert.ok(enforced || play.engine.name !== "chromium");
      await tab.call((url) => window.lab.connect(url), `${world.origins.service}/strict-service.html`);
      await tab.ready();
      assert.equal(await tab.call(() => window.sessionBridge.addSession({ userId: "u", data: { a: 1 } }).then(({ data }) => data.a)), 1);
      await tab.close();
    });

    test(`hostile 50: ${play.title}: a service page that is framed by nobody answers nobody, not even itself`, async () => {
      const tab = await world.open("siteA");
      await tab.window.goto(serviceUrl(world));
      await until(() => tab.call(() => Boolean(window.service)), "the service to run");
      const told = await tab.call(async (hello) => {
        const channels = [1, 2].map(() => new MessageChannel());
        let answers = 0;
        for (const { port1 } of channels) port1.onmessage = () => (answers += 1);
        window.postMessage(hello, "*", [channels[0].port2]);
        parent.postMessage(hello, "*", [channels[1].port2]);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return [answers, window.service.metrics().connections, window.service.metrics().malformed];
      }, HELLO);
      assert.deepEqual(told, [0, 0, 0]);
      // Nor one that has opened it.
      const opener = await world.open("siteA");
      const popup = await opener.call(async (url, hello, ms) => {
        const popup = window.open(url);
        if (!popup) return 0;
        for (let tries = 0; tries < 2; tries += 1) {
          await new Promise((resolve) => setTimeout(resolve, ms));
          window.lab.hello(hello, { target: popup });
        }
        await new Promise((resolve) => setTimeout(resolve, ms));
        return window.lab.heard.length;
      }, serviceUrl(world), HELLO, SILENCE_MS);
      assert.equal(popup, 0);
      await opener.close();
      await tab.close();
    });
  });
}
