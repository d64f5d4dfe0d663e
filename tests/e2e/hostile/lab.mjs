// A stand whose pages can say to the service whatever they like.
import { fileURLToPath } from "node:url";
import { serve } from "../../../scripts/serve.mjs";
import { dist } from "../../../scripts/lib/paths.mjs";
import { named, opening } from "../../wire/lib/fixtures.mjs";
import { until } from "../harness/until.mjs";

export const PAGES = fileURLToPath(new URL("pages", import.meta.url));

/** @type {import("../harness/stands.mjs").Stand} */
export const lab = {
  name: "lab",
  path: "/lab.html",
  serve: (options) => serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 }, mounts: { "": PAGES, "/package": dist }, ...options }),
};

export const HELLO = named(opening, "hello: a page that holds nothing").message;

/** Long enough for an answer that should not come. A good hello that is answered in the meantime is better still. */
export const SILENCE_MS = 300;

export const serviceUrl = (world, more = "") => `${world.origins.service}/service.html${more}`;

/** A page of `site` with the service in a frame of it, which runs. */
export async function openMounted(world, site = "siteA", more = "") {
  const tab = await world.open(site);
  await tab.call((url) => window.lab.mount(url), serviceUrl(world, more));
  await until(() => tab.call(() => window.lab.listening), "the service to run", { describe: () => tab.window.complaints() });
  return tab;
}

/** How many messages came out of the ports of the page. */
export const heard = (tab) => tab.call(() => window.lab.heard.length);

/** Says a good hello, to see that the service still answers, and that what was said before it was not answered. */
export async function isAnsweredOnce(tab, hello = HELLO) {
  await tab.call((hello) => window.lab.hello(hello), hello);
  // A welcome, one page, and that this is all.
  await until(async () => (await heard(tab)) >= 3, "the answer to a good hello", { describe: () => heard(tab) });
}

/** A page of `site` with a manager that is live. */
export async function openConnected(world, site = "siteA", options = {}) {
  const tab = await world.open(site);
  await connect(tab, options);
  return tab;
}

export async function connect(tab, options) {
  await tab.call((url, options) => window.lab.connect(url, options), serviceUrl(tab.world), options ?? {});
  await tab.ready();
}

/** How a promise that `task` makes from the page's manager ends: "resolved", or the code of its error. */
export const outcome = (tab, task, ...values) =>
  tab.call((task, ...values) => Promise.resolve(task(window.sessionBridge, ...values)).then(() => "resolved", ({ code, message }) => code ?? message), task, ...values);
