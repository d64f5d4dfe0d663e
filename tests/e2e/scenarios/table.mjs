import assert from "node:assert/strict";
import { test } from "node:test";
import { readTable, situationOf, writeTable } from "../harness/levels-table.mjs";
import { ENGINES } from "../harness/plays.mjs";
import { callOf } from "../harness/script.mjs";
import { until } from "../harness/until.mjs";
import { openWorld } from "../harness/world.mjs";

const QUIET = { heartbeatMs: 60_000, ttlMs: 60_000 };
/** A handle may come a moment after the connection. */
const SETTLE_MS = 3_000;

/** Pages that the owner's frame may find around itself, and attributes that its element may have there. */
const SURROUNDINGS = [
  { site: "owner", title: "the owner's own" },
  { site: "sibling", title: "of the owner's site, on another port" },
  { site: "siteA", title: "of another site" },
  { site: "siteA", title: "of another site, in a sandbox without storage access", sandbox: "allow-scripts allow-same-origin" },
  { site: "siteA", title: "of another site, with `allow=\"storage-access 'none'\"`", allow: "storage-access 'none'" },
];

/** Gives every new iframe the attributes that the page's address asks for. */
function dressFrames() {
  const query = new URLSearchParams(location.search);
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (tag, options) {
    const element = create.call(this, tag, options);
    if (tag === "iframe") {
      for (const name of ["sandbox", "allow"]) if (query.has(name)) element.setAttribute(name, query.get(name));
    }
    return element;
  };
}

/** What must be found, whatever the table says. */
function expected(engine, { level, shared, own = "same-site" }, { site, sandbox, allow }) {
  const { shareAcrossPorts } = engine.can;
  // Where not even the ports of a host share, the owner's own pages share with nobody.
  if (site === "owner" || (site === "sibling" && shareAcrossPorts)) return { level: own, shared: own === "same-site" && shareAcrossPorts };
  const barred = level === "handle" && (sandbox ?? allow) !== undefined;
  return barred ? { level: "partitioned", shared: false } : { level, shared };
}

async function find(play, setting) {
  const { engine } = play;
  const world = await openWorld(play, { setting, firstScript: () => callOf(dressFrames, []) });
  try {
    const rows = [];
    for (const surrounding of SURROUNDINGS) {
      const { site, title, sandbox, allow } = surrounding;
      const attributes = Object.fromEntries(Object.entries({ sandbox, allow }).filter(([, value]) => value !== undefined));
      const tab = await world.openLive(site, { ...QUIET, ...attributes });
      const worn = await tab.call(() => {
        const frame = document.querySelector("iframe");
        return { sandbox: frame.getAttribute("sandbox"), allow: frame.getAttribute("allow") };
      });
      for (const [name, value] of Object.entries(attributes)) assert.equal(worn[name], value, `the frame's ${name}`);

      const wanted = expected(engine, world.situation, surrounding);
      const matches = async () => (await tab.snapshot()).storage.level === wanted.level;
      await until(matches, wanted.level, { ms: SETTLE_MS }).catch(() => {});
      const { level, shared, upgrade } = (await tab.snapshot()).storage;
      assert.deepEqual({ level, shared }, wanted, `${engine.title}, ${setting}: a page ${title}`);
      rows.push([engine.title, world.situation.title, title, level, shared ? "yes" : "no", upgrade]);
      await tab.close();
    }
    return rows;
  } finally {
    await world.close();
  }
}

/** Each situation of this engine is the one that docs/levels.md tells of. */
export function tableScenario(play) {
  test(`hostile 18: ${play.title}: the levels are those of docs/levels.md`, async () => {
    const { engine } = play;
    const rows = [];
    for (const setting of Object.keys(engine.settings)) rows.push(...(await find(play, setting)));
    if (process.env.E2E_WRITE_TABLE) {
      await writeTable(engine.title, Object.values(ENGINES).map(({ title }) => title), rows);
      return;
    }
    const told = (await readTable()).filter(([name]) => name === engine.title);
    const bySituation = (list) => Object.fromEntries(list.map((row) => [situationOf(row), row.slice(3).join(", ")]));
    assert.deepEqual(bySituation(rows), bySituation(told), "found, and told in docs/levels.md: E2E_WRITE_TABLE=1 writes it anew");
  });
}
