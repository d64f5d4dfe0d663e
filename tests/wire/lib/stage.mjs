// The pages of this folder on the demo's origins, in a Chromium, with the package as it was built.

import { fileURLToPath } from "node:url";

import { serve } from "../../../scripts/serve.mjs";
import { launch } from "../../e2e/harness/chromium.mjs";
import { until } from "../../e2e/harness/until.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Opens servers and browser; `close` ends both. `mounts` are further folders, as `serve` takes them, `person` as `launch`. */
export const openStage = async (mounts = {}, person) => {
  const servers = await serve({
    ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 },
    mounts: { "": folder("../pages"), "/package": folder("../../../dist"), ...mounts },
    frameAncestors: false,
  });
  const { origins } = servers;
  const chromium = await launch("allowed", person).catch(async (error) => {
    await servers.close();
    throw error;
  });

  /**
   * A new page of site A. What goes wrong in it is kept, to be shown with whatever fails for it. `before` runs first in each
   * of its documents.
   */
  const open = async (path, before, site = origins.siteA) => {
    const page = await chromium.browser.newPage();
    if (before) await page.evaluateOnNewDocument(before);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${site}${path}`);
    return { page, complaints };
  };

  return {
    origins,
    open,

    /** A page that says hello and bytes by hand, with a fresh service in it. */
    async openHost(query = "", site = origins.siteA) {
      const { page, complaints } = await open("/host.html", undefined, site);
      const url = `${origins.service}/service.html${query}`;
      await page.evaluate((url) => window.wire.mount(url), url);
      const frame = page.frames().find((frame) => frame.url() === url);
      return Object.assign(new End(page), { inside: frame, complaints, metrics: () => frame.evaluate(() => window.service.metrics()) });
    },

    /** A page with a manager, and in its iframe a service that says what it is told to. */
    async openManager(path = "/manager.html") {
      const { page, complaints } = await open(path);
      const inside = () => page.frames().find((frame) => frame.url().startsWith(origins.service));
      const frame = await until(inside, "the manager's iframe", { describe: () => complaints });
      const service = new End(frame);
      await until(() => frame.evaluate(() => window.wire?.hellos.length), "a hello", { describe: () => complaints });
      return { page, service, complaints };
    },

    async close() {
      await chromium.close();
      await servers.close();
    },
  };
};

/** One end of the wire, spoken by hand. Messages are bytes. */
export class End {
  #heard = 0;

  constructor(frame) {
    this.frame = frame;
  }

  /** Posts bytes. */
  say(bytes) {
    return this.frame.evaluate((hex) => window.wire.say(hex), Buffer.from(bytes).toString("hex"));
  }

  /** Posts anything else that JSON can hold. */
  post(value) {
    return this.frame.evaluate((value) => window.wire.post(value), value);
  }

  /** The page that this end has welcomed is connected. */
  opened() {
    return this.frame.evaluate(() => void window.wire.opened());
  }

  /** What was heard next: bytes, or what else was posted. */
  async hear() {
    const next = await until(() => this.frame.evaluate((at) => window.wire.heard[at], this.#heard), "a message");
    this.#heard += 1;
    return typeof next === "string" ? Uint8Array.from(Buffer.from(next, "hex")) : next;
  }

  /** How many messages were heard and not yet asked for. */
  async unheard() {
    return (await this.frame.evaluate(() => window.wire.heard.length)) - this.#heard;
  }
}
