// A stand whose pages can say to the service whatever they like.
import { fileURLToPath } from "node:url";
import { serve } from "../../../scripts/serve.mjs";
import { dist } from "../../../scripts/lib/paths.mjs";
import { named, opening } from "../../wire/lib/fixtures.mjs";
import { callOf, onlyIn } from "../harness/script.mjs";
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

/** A page of site A with a manager that is live. `more` is of the service's address. */
export async function openConnected(world, more) {
  const tab = await world.open("siteA");
  await tab.call((url) => window.lab.connect(url), serviceUrl(world, more));
  await tab.ready();
  return tab;
}

/** How a promise that `task` makes from the page's manager ends: "resolved", or the code of its error. */
export const outcome = (tab, task, ...values) =>
  tab.call((task, ...values) => Promise.resolve(task(window.sessionBridge, ...values)).then(() => "resolved", ({ code, message }) => code ?? message), task, ...values);

/** A page of another origin in a frame of a tab's page: so the two have one partition, in every engine. */
export class Inner {
  constructor(tab, origin) {
    Object.assign(this, { tab, origin, world: tab.world });
  }

  /** Puts it in, or leads the frame of `before` there. */
  static async open(tab, origin, before) {
    await tab.call((url, known) => {
      const frame = [...document.querySelectorAll("iframe")].find(({ src }) => known && src.startsWith(known));
      const changed = frame ?? window.lab.frame(url);
      if (frame) frame.src = url;
      // WebKit's driver loses what a frame is asked while it loads.
      return new Promise((resolve) => changed.addEventListener("load", () => resolve(), { once: true }));
    }, `${origin}/lab.html`, before?.origin ?? "");
    const inner = new Inner(tab, origin);
    await until(() => inner.call(() => Boolean(window.lab)), `the page of ${origin} in a frame`);
    await inner.call(keepBytes);
    return inner;
  }

  call(task, ...values) {
    return this.tab.window.evaluateInFrame(this.origin, onlyIn(this.origin, callOf(task, values)));
  }

  async connect(more, options = {}) {
    await this.call((url, options) => window.lab.connect(url, options), serviceUrl(this.world, more), options);
    await until(() => this.call(() => window.sessionBridge.getSnapshot().status === "live"), "a live connection in a frame");
  }

  /** What it shows of each session. */
  shown() {
    return this.call(() => window.sessionBridge.getSnapshot().sessions.map(({ id, userId, data }) => ({ id, userId, data })));
  }
}

/** Keeps all bytes that come out of ports of the page, in `window.bytes`, as a character each. */
function keepBytes() {
  window.bytes = "";
  window.MessageChannel = class extends window.MessageChannel {
    constructor() {
      super();
      this.port1.addEventListener("message", ({ data }) => {
        window.bytes += data instanceof Uint8Array ? String.fromCharCode(...data) : JSON.stringify(data);
      });
    }
  };
}
