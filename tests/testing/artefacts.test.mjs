// A bridge is made of what ships, and nothing that ships is made of a bridge.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openWindow } from "../../js/testing/world/window.js";
import { World } from "../../js/testing/world/world.js";
import { LANGUAGE, TESTING, freeNames, realmScript } from "../../scripts/build/testing.mjs";
import { built } from "../../scripts/lib/built.mjs";
import { dist, root } from "../../scripts/lib/paths.mjs";

/** Not compared: how the real files come by their module and what is said when they do not, what only passes on what others export, and numbers that the build writes in place of their names (`asks`). */
const BESIDE = /^js\/(testing\/.*|(load-manager|load-service|loader|error|index|asks)\.js|diagnosis\/.*|providers\/providers\.js)$/;

test("free names are told from members, from names that are declared, and from texts", async () => {
  const names = await freeNames('import x from "y"; export const a = (b) => { let c = document.body; return { d: b.e, f, "g": `h ${i}`, c, x }; }; typeof j;');
  assert.deepEqual(names, ["document", "f", "i", "j"]);
});

for (const [side, entry, around] of [["page", "js/index.js"], ["service", "js/service.js", "https://app.example"]]) {
  test(`all that the ${side}'s side reaches for is in a window of a bridge, and nothing is the host's`, async () => {
    const { window } = openWindow("https://a.example/", undefined, new World(0, {}), { around });
    const names = (await freeNames((await realmScript(entry)).script)).filter((name) => !LANGUAGE.has(name));
    assert.ok(names.length > 10, `${names}`);
    assert.deepEqual(names.filter((name) => !(name in window)), [], "add it to js/testing/world/window.js");
  });

  test(`a bridge has the sources of the ${side}'s side that ship`, async () => {
    const { sources } = await realmScript(entry);
    const ships = [built(`${side === "page" ? "manager" : "service"}.js`)];
    for (const text of ships.map((file) => readFileSync(file, "utf8"))) for (const [, later] of text.matchAll(/import\("\.\/([\w-]+\.js)"\)/g)) ships.push(join(dist, later));
    const shipped = new Set(ships.flatMap((file) => JSON.parse(readFileSync(`${file}.map`, "utf8")).sources.map((source) => source.replace("../", ""))));
    // The generated script is in `dist/` itself.
    const path = (source) => (source.startsWith("js/") ? source : `dist/${source.replace("dist/", "")}`);
    const compared = (paths) => paths.filter((source) => !BESIDE.test(source)).sort();
    assert.ok(shipped.size > 10, `${[...shipped]}`);
    assert.deepEqual(compared(sources), compared([...shipped].map(path)));
  });
}

test("a bridge has the very modules that ship", () => {
  for (const file of TESTING) {
    const text = readFileSync(join(dist, file), "utf8");
    for (const name of ["manager_bg.wasm", "service_bg.wasm"]) assert.ok(text.includes(readFileSync(built(name)).toString("base64")), `${name} in ${file}`);
  }
});

test("no other script has anything of a bridge", () => {
  const others = readdirSync(dist).filter((name) => /\.c?js$/.test(name) && !TESTING.includes(name));
  assert.ok(others.length >= 6, `${others}`);
  for (const name of others) assert.doesNotMatch(readFileSync(join(dist, name), "utf8"), /createTestBridge|testing\.c?js/, name);
  const sources = readdirSync(join(root, "js"), { recursive: true }).filter((name) => name.endsWith(".js") && !name.startsWith("testing"));
  for (const name of sources) assert.doesNotMatch(readFileSync(join(root, "js", name), "utf8"), /(from|import\() ?"[^"]*testing/, name);
});
