import { Tab } from "./tab.mjs";

/**
 * The servers of one stand (the demo, or a page built from the tarball) and one browser that looks at them.
 *
 * @param {import("./plays.mjs").Play} play
 * @param {object} options
 * @param {string} options.setting what the browser grants a frame of another site, one of the engine's settings
 * @param {boolean} options.frameAncestors whether the service page names who may frame it (default true)
 * @param {(origins: Record<string, string>) => string} options.firstScript makes the text of a script that runs before
 *   all others in every document, the owner's frame included
 * @param {boolean} options.isolated whether the pages are cross-origin isolated (default false)
 */
export async function openWorld({ stand, engine, setting: usual }, { setting = usual, frameAncestors = true, firstScript, isolated } = {}) {
  const servers = await stand.serve({ frameAncestors, firstScript, isolated });
  let browser;
  try {
    browser = await engine.launch(setting);
  } catch (error) {
    await servers.close();
    throw error;
  }
  const opened = {};
  const situation = engine.settings[setting];
  const world = {
    engine,
    origins: servers.origins,
    /** What a page of another site than the owner's reaches here. */
    situation,
    /** Where to open pages that see what a page of `siteA` writes: a site twice means two of its tabs. */
    company: situation.shared ? ["siteB", "owner", "sibling"] : ["siteA", "siteA", "siteA"],
    stopService: () => servers.servers.service.stop(),
    startService: () => servers.servers.service.start(),

    /**
     * Opens a page of `site`, a key of `origins` or an origin, in a window of its own so that it counts as visible.
     * `options` go into its address.
     */
    async open(site, options = {}) {
      opened[site] = (opened[site] ?? 0) + 1;
      const name = opened[site] === 1 ? site : `${site}${opened[site]}`;
      const url = new URL(stand.path, servers.origins[site] ?? site);
      for (const [name, value] of Object.entries(options)) url.searchParams.set(name, String(value));
      return new Tab(world, name, await browser.open(url.href));
    },

    /** The same, once its manager is live. */
    async openLive(site, options) {
      const tab = await world.open(site, options);
      await tab.ready();
      return tab;
    },

    /**
     * Makes the user's choice about the owner's frame in pages of `site`. With `ports` the pattern is one that the browser
     * shows to the frame as a grant and does not honour: it ends the frame's process when that is used.
     */
    async permit(site, choice, { ports = false } = {}) {
      const pattern = (origin) => (ports ? origin : origin.replace(/:\d+$/, ""));
      await browser.permit(pattern(servers.origins.service), pattern(servers.origins[site]), choice);
    },

    /** Whether the owner's pages and frames may store anything. */
    siteData: (choice) => browser.siteData(servers.origins.service.replace(/:\d+$/, ""), choice),

    async close() {
      await Promise.all([browser.close(), servers.close()]);
    },
  };
  return world;
}
