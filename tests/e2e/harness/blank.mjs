// Empty pages on all origins in one Chromium, in which a test does everything itself.
import { fileURLToPath } from "node:url";
import { after, before } from "node:test";
import { dist } from "../../../scripts/lib/paths.mjs";
import { serve } from "../../../scripts/serve.mjs";
import { launch } from "./chromium.mjs";

const PAGES = fileURLToPath(new URL("../pages", import.meta.url));

/**
 * Serves and launches before the tests of a file and ends both after them. `mounts` are folders beside the package; `setting`
 * is what the browser grants a frame of another site, as `launch` takes it.
 *
 * @param {{ mounts: Record<string, string>, setting: string }} options
 */
export function blankPages({ mounts, setting }) {
  const stand = {
    /** An empty page of `site`; `first` runs in all documents of the page before their own scripts. */
    async open(site, first) {
      const page = await stand.browser.newPage();
      if (first) await page.evaluateOnNewDocument(first);
      await page.goto(`${stand.origins[site]}/pages/bare.html`);
      return page;
    },
  };
  let servers;
  let chromium;
  before(async () => {
    servers = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 }, mounts: { "/package": dist, "/pages": PAGES, ...mounts } });
    chromium = await launch(setting);
    Object.assign(stand, { origins: servers.origins, browser: chromium.browser });
  });
  after(async () => {
    await chromium?.close();
    await servers?.close();
  });
  return stand;
}
