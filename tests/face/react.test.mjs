// The README's own `useSyncExternalStore(m.subscribe, m.getSnapshot, m.getServerSnapshot)`, with the real React of two versions: on a
// server, hydrated and rendered, all of it in StrictMode.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { SessionManager } from "../../dist/manager.js";
import { blankPages } from "../e2e/harness/blank.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const VERSIONS = { 18: { react: "react-18", "react-dom": "react-dom-18" }, 19: {} };
const bundles = await mkdtemp(join(tmpdir(), "session-bridge-react-"));
const stand = blankPages({ mounts: { "": join(HERE, "page"), "/bundles": bundles }, setting: "allowed" });

before(async () => {
  const common = { bundle: true, format: "esm", jsx: "automatic", absWorkingDir: HERE, define: { "process.env.NODE_ENV": '"development"' } };
  for (const [version, alias] of Object.entries(VERSIONS)) {
    await esbuild.build({ ...common, alias, entryPoints: ["react/page.jsx"], outfile: join(bundles, `page-${version}.js`) });
    await esbuild.build({ ...common, alias, entryPoints: ["react/server.jsx"], outfile: join(bundles, `server-${version}.mjs`), platform: "node", banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } });
  }
});
after(() => rm(bundles, { recursive: true }));

/** In the page: what `task` needs, and what React complained about. */
function prepare() {
  window.complaints = [];
  for (const level of ["error", "warn"]) console[level] = (...words) => complaints.push(words.map(String).join(" "));
  addEventListener("error", ({ message }) => complaints.push(message));
  window.until = async (holds) => {
    const LONG_MS = 20_000;
    for (const begun = performance.now(); !holds(); ) {
      if (performance.now() - begun > LONG_MS) throw new Error(`${holds} does not come true: ${document.body.textContent}`);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
}

for (const version of Object.keys(VERSIONS)) {
  test(`React ${version} shows sessions: on a server, hydrated, and rendered`, async () => {
    const { html } = await import(pathToFileURL(join(bundles, `server-${version}.mjs`)).href);
    const onServer = new SessionManager({ serviceUrl: "https://accounts.example/service.html" });
    const sent = html(onServer);
    assert.equal(sent, '<ul data-status="connecting"></ul>');
    const page = await stand.open("siteA", prepare);
    const seen = await page.evaluate(async (service, react, sent) => {
      const { SessionManager } = await import("/package/manager.js");
      const { show, version } = await import(`/bundles/page-${react}.js`);
      const manager = new SessionManager({ serviceUrl: `${service}/service.html` });
      const failed = (error) => complaints.push(error.message);
      const [hydrated, rendered] = ["hydrated", "rendered"].map((id) => document.body.appendChild(Object.assign(document.createElement("div"), { id })));
      hydrated.innerHTML = sent;
      const list = hydrated.firstChild;
      const ends = [show(manager, hydrated, { hydrate: true, failed }), show(manager, rendered, { failed })];
      const both = (holds) => until(() => [hydrated, rendered].every(({ firstChild }) => firstChild && holds(firstChild)));
      await both(({ dataset }) => dataset.status === "live");
      await manager.addSession({ id: "a", userId: "u", data: { name: "Ada" } });
      await both(({ textContent }) => textContent === "Ada");
      await manager.updateSession("a", { name: "Grace" });
      await both(({ textContent }) => textContent === "Grace");
      const kept = hydrated.firstChild === list;
      ends[0]();
      await manager.removeSession("a");
      await until(() => rendered.textContent === "");
      ends[1]();
      await manager.close();
      return { version, kept, complaints };
    }, stand.origins.service, version, sent);
    await page.close();
    assert.equal(seen.version.split(".")[0], version);
    assert.deepEqual(seen.complaints, []);
    assert.ok(seen.kept, "what the server sent is taken over, not made anew");
  });
}

for (const version of Object.keys(VERSIONS)) {
  test(`React ${version} in StrictMode: a session of a fixed id that an effect adds, its clean-up removes and it adds again stays`, async () => {
    const page = await stand.open("siteA", prepare);
    const seen = await page.evaluate(async (service, react) => {
      const { SessionManager } = await import("/package/manager.js");
      const { show } = await import(`/bundles/page-${react}.js`);
      const manager = new SessionManager({ serviceUrl: `${service}/service.html` });
      const refused = [];
      manager.addEventListener("write_rolled_back", ({ detail }) => refused.push(`${detail.operation} ${detail.error.code}`));
      const place = document.body.appendChild(document.createElement("div"));
      const rounds = [];
      for (const name of ["Ada", "Grace"]) {
        const end = show(manager, place, { signedIn: { id: "fixed", name }, failed: (error) => complaints.push(error.message) });
        await until(() => place.textContent === name && manager.getSnapshot().status === "live" && manager.getSnapshot().pendingWrites === 0);
        // What the service has, whatever this page shows.
        await manager.refresh();
        rounds.push(manager.getSnapshot().sessions.map(({ id, data, pending }) => `${id} ${data.name} ${pending}`).join());
        end();
        await until(() => manager.getSnapshot().pendingWrites === 0 && manager.getSnapshot().sessions.length === 0);
        place.textContent = "";
      }
      await manager.close();
      return { rounds, refused, complaints };
    }, stand.origins.service, version);
    await page.close();
    assert.deepEqual(seen, { rounds: ["fixed Ada false", "fixed Grace false"], refused: [], complaints: [] });
  });
}
