// Who is answered: origins that look like others, and pages around pages.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";
import { HELLO, PAGES, SILENCE_MS, serviceUrl } from "./lab.mjs";

/**
 * Takes in, beside one another, a frame for each of `pages`, in each of which the service is mounted and said hello to.
 * Answers once those of `answered` are and the others run as well, or had the time for it.
 *
 * @returns {Promise<Record<string, { listening: boolean, heard: number } | undefined>>}
 */
async function probe(tab, pages, answered) {
  await tab.call((pages, hello, service) => {
    window.told = {};
    addEventListener("message", ({ data }) => data?.probe && (window.told[data.probe] = data));
    for (const [name, url] of Object.entries(pages)) {
      const hash = new URLSearchParams({ service, hello: JSON.stringify(hello), name });
      window.lab.frame(`${url}#${hash}`);
    }
  }, pages, HELLO, serviceUrl(tab.world));
  const told = () => tab.call(() => window.told);
  const all = async (names, is) => {
    const now = await told();
    return names.every((name) => now[name] && is(now[name]));
  };
  await until(() => all(answered, ({ heard }) => heard > 0), "the answers to granted pages", { ms: 45_000, describe: told });
  await until(() => all(Object.keys(pages), ({ listening }) => listening), "all frames", { ms: 3_000 }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  return told();
}

/** Those that were answered, of those that are not known not to have loaded. */
const answeredOf = (told) => Object.keys(told).filter((name) => told[name].heard > 0).sort();

export function originScenario(play, stage) {
  describe(`${play.title}: pages of many origins in one page`, () => {
    let world;
    let port;
    let other;
    before(() => {
      ({ world } = stage);
      port = new URL(world.origins.siteB).port;
      other = new URL(world.origins.siteA).port;
    });

    const at = (host, on = port) => `http://${host}:${on}/lab.html`;

    async function only(answered, refused, mayNotLoad = []) {
      const tab = await world.open("siteA");
      const told = await probe(tab, { ...answered, ...refused }, Object.keys(answered));
      assert.deepEqual(answeredOf(told), Object.keys(answered).sort());
      const missing = Object.keys(refused).filter((name) => !told[name]?.listening && !mayNotLoad.includes(name));
      assert.deepEqual(missing, [], "in these frames no service ran that could have answered");
      await tab.close();
    }

    test(`hostile 1: ${play.title}: an origin is granted as a whole, and what looks like it is not`, () =>
      only(
        { exact: at("granted.localhost"), "written large": at("GRANTED.LOCALHOST"), itself: `${world.origins.siteA}/lab.html` },
        {
          "a longer host": at("granted.localhost.evil.localhost"),
          "a longer label": at("evilgranted.localhost"),
          "a dot at the end": at("granted.localhost."),
          "another port": at("granted.localhost", other),
          "the http twin of https": at("twin.localhost"),
          "a letter of another script": at("gr\u0430nted.localhost"),
          "before an at sign": `http://granted.localhost:${port}@evil.localhost:${port}/lab.html`,
        },
        // Engines differ in which of these they load at all.
        ["a dot at the end", "before an at sign", "a letter of another script"],
      ));

    test(`hostile 2: ${play.title}: a pattern stands for hosts with one label more, and for no others`, () =>
      only(
        { "one label": at("a.shop.localhost"), another: at("b-2.shop.localhost") },
        {
          "its own host": at("shop.localhost"),
          "two labels": at("a.b.shop.localhost"),
          "a longer label": at("xshop.localhost"),
          "a host behind it": at("a.shop.localhost.evil.localhost"),
          "another port": at("a.shop.localhost", other),
        },
      ));

    test(`hostile 4: ${play.title}: a page without an origin of its own is not answered`, async () => {
      const script = await readFile(join(PAGES, "lab.js"), "utf8");
      const data = `data:text/html,${encodeURIComponent(`<body><script>${script}</script>`)}`;
      await only({ exact: at("granted.localhost") }, { "a data: page": data });
    });

    test(`hostile 3, 4: ${play.title}: a service does not start with a RegExp, \`*\`, nothing or null for an origin`, async () => {
      const tab = await world.open("siteA");
      const codes = await tab.call(async () => {
        const { startSessionService } = await import("/package/service.js");
        const origins = [/^https:\/\/shop/, "*", "https://*", "", undefined, null, "null", "https://*.com", "https://*.co.uk"];
        const lists = [undefined, null, [], "*", ...origins.map((origin) => [{ origin, read: "*" }])];
        return Promise.all(lists.map((grants) => startSessionService({ grants }).then(() => "started", ({ code, message }) => `${code} ${message.split(/[.[ ]/)[0]}`)));
      });
      assert.deepEqual(codes, Array(13).fill("invalid_argument grants"));
      await tab.close();
    });

    test(`hostile 9: ${play.title}: a granted page inside a page without a grant is not answered, where the browser tells who is around`, async (t) => {
      const pages = { nested: at("granted.localhost") };
      const outside = await world.open(`http://evil.localhost:${port}`);
      await probe(outside, pages, []);
      await until(() => outside.call(() => window.told.nested?.listening), "the service in the innermost frame");
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      const tells = await outside.call(() => "ancestorOrigins" in location);
      const { heard } = await outside.call(() => window.told.nested);
      t.diagnostic(tells ? "it has ancestorOrigins" : "it has no ancestorOrigins: only the header keeps it out");
      assert.equal(heard > 0, !tells);
      await outside.close();
      await only(pages, {});
    });
  });
}

/** The same rule in the header that the owner's server sends. */
export function headerScenario(play) {
  test(`hostile 9: ${play.title}: where the service page names its ancestors, all of them have to be granted`, async () => {
    const world = await openWorld(play);
    try {
      const { port } = new URL(world.origins.siteB);
      const pages = { nested: `${world.origins.siteA}/lab.html` };
      const inside = await world.open("siteB");
      await probe(inside, pages, ["nested"]);
      const outside = await world.open(`http://evil.localhost:${port}`);
      const told = await probe(outside, pages, []);
      assert.deepEqual([told.nested.listening, told.nested.heard], [false, 0]);
    } finally {
      await world.close();
    }
  });
}
