// The package on a server of its own, as a CDN has it: pages of other origins import it by an import map that says its digest.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { findChromium } from "../../scripts/lib/browser.mjs";
import { sendFile } from "../../scripts/serve/files.mjs";
import { serveOrigin } from "../../scripts/serve/origin.mjs";
import { launch } from "../e2e/harness/chromium.mjs";
import { installTarball } from "./pack.mjs";
import { serveFolder } from "./serving.mjs";
import { trial } from "./trial.mjs";

const project = join(dirname(fileURLToPath(import.meta.url)), "project");
const ENTRIES = { "session-bridge": "manager.js", "session-bridge/service": "service.js" };

describe("the package from another origin", { skip: !findChromium() && "no Chromium on this machine" }, () => {
  let user;
  let cdn;
  let pages;
  let chromium;
  before(async () => {
    user = await installTarball();
    cdn = await serveOrigin({
      host: "127.0.0.1",
      port: 0,
      answer: (request, response, path) => {
        response.setHeader("access-control-allow-origin", "*");
        return sendFile(request, response, path, { "": join(user.installed, "dist") });
      },
    });
    pages = await serveFolder(await site(user, cdn.origin));
    chromium = await launch("blocked");
  });
  after(async () => {
    await chromium?.close();
    await pages?.close();
    await cdn?.stop();
    await user?.remove();
  });

  test("a page and a service page import it with its digest, and it fetches its files from there", () => trial(chromium.browser, pages.port));

  test("a script that differs from its digest is not run", async () => {
    const page = await chromium.browser.newPage();
    const refused = new Promise((resolve) => page.on("console", (message) => /integrity/.test(message.text()) && resolve()));
    await page.goto(`http://b.localhost:${pages.port}/differs.html`);
    await refused;
    // The name of an element, as long as no script made a manager of it.
    assert.equal(await page.evaluate(() => window.sessions instanceof Element), true);
    await page.close();
  });
});

async function site({ folder, installed }, origin) {
  const site = join(folder, "pages");
  await mkdir(site);
  await cp(project, site, { recursive: true });
  const map = { imports: {}, integrity: {} };
  for (const [entry, file] of Object.entries(ENTRIES)) {
    map.imports[entry] = `${origin}/${file}`;
    map.integrity[`${origin}/${file}`] = `sha384-${createHash("sha384").update(await readFile(join(installed, "dist", file))).digest("base64")}`;
  }
  const withMap = async (document, map, name = document) => {
    const html = await readFile(join(project, document), "utf8");
    await writeFile(join(site, name), html.replace("<script", `<script type="importmap">${JSON.stringify(map)}</script>\n  <script`));
  };
  await withMap("index.html", map);
  await withMap("service.html", map);
  const other = `sha384-${createHash("sha384").update("another").digest("base64")}`;
  await withMap("index.html", { ...map, integrity: { [`${origin}/manager.js`]: other } }, "differs.html");
  return site;
}
