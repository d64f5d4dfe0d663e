// The bare page of `page/`, made into something that can be hosted, from the packed tarball and outside the checkout.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { folderStand } from "../e2e/harness/stands.mjs";

const page = join(dirname(fileURLToPath(import.meta.url)), "page");
const DOCUMENTS = ["index.html", "service.html"];

/** Where the package is hosted in a static folder. */
const PACKAGE_PATH = "/session-bridge";

/** An import map from the package's own entry points, as its README tells one to write it. */
function importMap({ exports }) {
  const entries = ["", "/service"].map((entry) => [
    `session-bridge${entry}`,
    PACKAGE_PATH + exports[`.${entry}`].default.slice(1),
  ]);
  return JSON.stringify({ imports: Object.fromEntries(entries) });
}

/** Files in a folder, no build step: the package is copied beside the page and an import map names it. */
export async function staticStand({ folder, installed, manifest }) {
  const site = join(folder, "static");
  await mkdir(site);
  await cp(page, site, { recursive: true });
  await cp(installed, join(site, PACKAGE_PATH), { recursive: true });
  for (const document of DOCUMENTS) {
    const path = join(site, document);
    const html = await readFile(path, "utf8");
    await writeFile(path, html.replace("<script", `<script type="importmap">${importMap(manifest)}</script>\n  <script`));
  }
  return folderStand("static folder", site);
}

/** The same page as a user of Vite builds it, the package found in node_modules. */
export async function viteStand({ folder }) {
  const source = join(folder, "vite");
  await mkdir(source);
  await cp(page, source, { recursive: true });
  const site = join(folder, "vite-built");
  await build({
    root: source,
    configFile: false,
    logLevel: "warn",
    build: {
      outDir: site,
      emptyOutDir: true,
      target: "es2022",
      rollupOptions: { input: DOCUMENTS.map((document) => join(source, document)) },
    },
  });
  return folderStand("Vite", site);
}
