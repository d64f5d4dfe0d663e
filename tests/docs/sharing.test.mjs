// The README's table of where sites share: its middle column is tried here, and the others are those of docs/levels.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { dist } from "../../scripts/lib/paths.mjs";
import { sendFile } from "../../scripts/serve/files.mjs";
import { serveOrigin } from "../../scripts/serve/origin.mjs";
import { onEngine } from "../e2e/harness/plays.mjs";
import { until } from "../e2e/harness/until.mjs";
import { readTable } from "../e2e/harness/levels-table.mjs";
import { textOf } from "./lib/documents.mjs";

/** Two hosts of one site. */
const HOSTS = { owner: "accounts.docs.localhost", cousin: "www.docs.localhost" };
const ALONE = { level: "partitioned", shared: false };

/**
 * What is found on another host of the service's site: where sessions are kept, and whether a session of the owner's own page
 * shows there all the same.
 */
const EXPECTED = {
  chromium: {
    allowed: { storage: { level: "handle", shared: true, upgrade: "none" }, shows: true },
    blocked: { storage: { level: "handle", shared: true, upgrade: "none" }, shows: true },
  },
  firefox: { partitioned: { storage: { ...ALONE, upgrade: "none" }, shows: true } },
  webkit: { partitioned: { storage: { ...ALONE, upgrade: "none" }, shows: false } },
};

let server;
const origin = (name) => server.origin.replace("docs.localhost", HOSTS[name]);

before(async () => {
  const pages = {
    "/": "<!doctype html><title>A page</title><body></body>",
    "/service.html": `<!doctype html><title>The service</title><script type="module">
      import { startSessionService } from "/package/service.js";
      const grants = ${JSON.stringify(Object.values(HOSTS))}.map((host) => ({ origin: "http://" + host + ":" + location.port, read: "*", write: true }));
      startSessionService({ grants });
    </script>`,
  };
  const answer = (request, response, path) => {
    if (pages[path]) return response.writeHead(200, { "content-type": "text/html" }).end(pages[path]);
    return sendFile(request, response, path, { "/package": dist });
  };
  server = await serveOrigin({ host: "docs.localhost", port: 0, answer });
});
after(() => server?.stop());

/** A page of this host with a manager that is live. */
async function live(browser, name) {
  const window = await browser.open(`${origin(name)}/`);
  await window.evaluate(`(async () => {
    const { SessionManager } = await import("/package/manager.js");
    window.manager = new SessionManager({ serviceUrl: ${JSON.stringify(`${origin("owner")}/service.html`)} });
  })()`);
  await until(() => window.evaluate(`window.manager.getSnapshot().status === "live"`), `${name} to be live`, { ms: 60_000, describe: () => window.evaluate("window.manager.getSnapshot()") });
  return window;
}

for (const [name, settings] of Object.entries(EXPECTED)) {
  onEngine(name, (engine) => {
    for (const [setting, { storage, shows }] of Object.entries(settings)) {
      test(`${engine.title}, ${setting}: another host of the service's site`, async (t) => {
        const browser = await engine.launch(setting);
        t.after(() => browser.close());
        const owner = await live(browser, "owner");
        await owner.evaluate(`window.manager.addSession({ id: "ada", userId: "u" }).then(() => 1)`);
        const cousin = await live(browser, "cousin");
        const found = () => cousin.evaluate(`(({ storage: { level, shared, upgrade }, sessions }) => ({ storage: { level, shared, upgrade }, shows: sessions.length > 0 }))(window.manager.getSnapshot())`);
        const wanted = { storage, shows };
        await until(async () => isDeepStrictEqual(await found(), wanted), JSON.stringify(wanted), { ms: 20_000, describe: found });
      });
    }
  });
}

/** The rows of the README's table, in order: which settings of which engines each tells of. */
const TOLD = [
  [["Chromium", "third-party cookies allowed"]],
  [["Chromium", "third-party cookies blocked"]],
  [["Firefox", "`network.cookie.cookieBehavior` 5, the default"]],
  [["WebKit", "tracking prevention on"]],
  [["Chromium", "all site data blocked"]],
];

/** What the README says of a page of another site for what docs/levels.md has found. */
function wordsFor([level, shared, upgrade]) {
  if (level === "memory") return /^nothing durable/;
  if (shared === "yes") return /^\*\*the same list\*\*$/;
  return upgrade === "none" ? /^\*\*a list of its own for each site\*\*$/ : /after the person allows it once/;
}

test("the README says of other sites what docs/levels.md has found", async () => {
  const [, section] = /## Where sites share[^\n]*\n([^]*?)\n## /.exec(await textOf("README.md"));
  const rows = section.split("\n").filter((line) => line.startsWith("| ")).slice(2).map((line) => line.slice(2, -2).split(" | "));
  assert.equal(rows.length, TOLD.length);
  const found = await readTable();
  for (const [at, situations] of TOLD.entries()) {
    for (const [engine, setting] of situations) {
      const row = found.find((row) => row[0] === engine && row[1] === setting && row[2] === "of another site");
      assert.match(rows[at].at(-1), wordsFor(row.slice(3)), `${engine}, ${setting}`);
      assert.ok(rows[at][0].includes(engine) || at === TOLD.length - 1, rows[at][0]);
    }
  }
});

test("where sites share stands before anything that is asked of the reader", async () => {
  const headings = [...(await textOf("README.md")).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(headings.slice(0, 3), ["Where sites share and where they do not", "Install", "Quick start"]);
  assert.match(await textOf("README.md"), /^# session-bridge\n\n\*\*[^]*?\n\n\*\*What it is not\.\*\*/);
});
