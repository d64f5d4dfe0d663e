// A page and a service page in each tool, from the packed tarball, run in Chromium.
import { after, before, describe, test } from "node:test";
import { findChromium } from "../../scripts/lib/browser.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { chosen } from "./matrix.mjs";
import { installTarball } from "./pack.mjs";
import { prepare } from "./project.mjs";
import { trial } from "./trial.mjs";

describe("the package works in a page that is built by", { skip: !findChromium() && "no Chromium on this machine" }, () => {
  let user;
  let chromium;
  before(async () => {
    user = await installTarball();
    chromium = await launch("blocked");
  });
  after(async () => {
    await chromium?.close();
    await user?.remove();
  });

  for (const tool of chosen()) {
    for (const [way, serve] of Object.entries(tool.serve)) {
      test(`${tool.title}, ${way}`, async () => {
        const served = await serve(await prepare({ sources: "project", ...tool }, user));
        try {
          await trial(chromium.browser, served.port, tool.page);
        } finally {
          await served.close();
        }
      });
    }
  }
});
