import { launch } from "./chromium.mjs";
import { spyOnMessages } from "./spy.mjs";
import { Tab } from "./tab.mjs";

/**
 * The servers of one stand (the demo, or a page built from the tarball) and one browser that looks at them.
 *
 * @param {import("./stands.mjs").Stand} stand
 * @param {"allowed" | "blocked" | "refused"} thirdPartyStorage what the browser grants a frame of another site: see chromium.mjs
 * @param {{ frameAncestors?: boolean }} options whether the service page names who may frame it (default true)
 */
export async function openWorld(stand, thirdPartyStorage, { frameAncestors = true } = {}) {
  const servers = await stand.serve({ frameAncestors });
  let chromium;
  try {
    chromium = await launch(thirdPartyStorage);
  } catch (error) {
    await servers.close();
    throw error;
  }
  const world = {
    origins: servers.origins,
    stopService: () => servers.servers.service.stop(),
    startService: () => servers.servers.service.start(),

    /**
     * Opens a page of `site`, a key of `origins` or an origin, in a window of its own so that it counts as visible.
     * `options` go into its address; `script` is `{ run, with }`, a function that runs first in each of its documents.
     */
    async open(site, options = {}, script) {
      const page = await chromium.browser.newPage({ type: "window" });
      await page.evaluateOnNewDocument(spyOnMessages);
      if (script) await page.evaluateOnNewDocument(script.run, script.with);
      const url = new URL(stand.path, servers.origins[site] ?? site);
      for (const [name, value] of Object.entries(options)) url.searchParams.set(name, String(value));
      const tab = new Tab(world, site, page);
      await page.goto(url.href, { waitUntil: "domcontentloaded" });
      return tab;
    },

    /** The same, once its manager is live. */
    async openLive(site, options) {
      const tab = await world.open(site, options);
      await tab.ready();
      return tab;
    },

    async close() {
      await Promise.all([chromium.close(), servers.close()]);
    },
  };
  return world;
}
