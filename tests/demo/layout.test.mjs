// The demo's page at every width, in both colour schemes, with text of twice the size, and with names that nobody planned for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { faultsOfLayout } from "./lib/measure.mjs";
import { SCHEMES, TEXT_SIZES, breaches, look, openDemo } from "./lib/stand.mjs";

const WIDTHS = [320, 390, 768, 1280];
const NAMES = [
  "Ada Lovelace",
  "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarenmitbin",
  "محمد بن موسى الخوارزمي عالم الرياضيات والفلك والجغرافيا",
  "寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末食う寝る処に住む処",
  "O",
];

let demo;
/** A page with everything on it at once. */
let page;
before(async () => {
  demo = await openDemo();
  page = await crowded();
});
after(() => demo?.close());

/** Long names, one being renamed, one signed out, and an error. */
async function crowded() {
  const page = await demo.open("siteA");
  await page.evaluate(async (names) => {
    const manager = window.sessionBridge;
    for (const [index, name] of names.entries()) {
      await manager.addSession({ id: String(index), userId: name.toLowerCase().replaceAll(" ", "."), data: { name, color: "teal" } });
    }
    await manager.addSession({ id: "renamed", userId: "renamed", data: { name: names[1] } });
    await manager.addSession({ id: "gone", userId: "gone", data: { name: names[2] } });
    await manager.setActiveSession("1");
    const { notice } = await import("/notices.js");
    notice(`“${names[1]}” was not added.`, Object.assign(new Error(`A long explanation: ${names[1]}`), { code: "limit_exceeded" }));
  }, NAMES);
  await page.click('[data-id="gone"] [data-testid="sign-out"]');
  await page.click('[data-id="renamed"] [data-testid="rename"]');
  await page.waitForSelector('[data-testid="undo"]');
  return page;
}

test("nothing overlaps or is cut at any width, in any colours, with text of twice the size", async () => {
  const empty = await demo.open("siteB");
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      for (const [name, size] of Object.entries(TEXT_SIZES)) {
        for (const [what, each] of Object.entries({ page, empty })) {
          await look(each, { width, scheme, size });
          assert.equal(await each.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize)), size);
          assert.deepEqual(await each.evaluate(faultsOfLayout), [], `${what}, ${width} px, ${scheme}, ${name} text`);
        }
      }
    }
  }
  assert.deepEqual([...page.complaints, ...empty.complaints], []);
});

test("the measure sees a colour over a button, a name that is cut and a page that is too wide", async () => {
  await look(page, { width: 320, size: TEXT_SIZES.usual });
  const withRule = (rule) =>
    page.evaluate((measure, rule) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rule);
      document.adoptedStyleSheets = [sheet];
      const faults = new Function(`return (${measure})()`)();
      document.adoptedStyleSheets = [];
      return faults.join("\n");
    }, String(faultsOfLayout), rule);
  assert.match(await withRule(".add .primary { margin-inline-start: -3rem; position: relative; top: -3rem }"), /overlap/);
  assert.match(await withRule("nav a { white-space: nowrap; width: 3rem; overflow: hidden }"), /sticks out|cut/);
  assert.match(await withRule("h1 { width: 40rem }"), /wide|out of/);
});

test("every page is readable and operable by the rules of WCAG 2.2 AA, in light and dark", async () => {
  const others = await Promise.all(["owner", "sibling", "siteB"].map((site) => demo.open(site)));
  for (const scheme of SCHEMES) {
    for (const each of [page, ...others]) {
      await look(each, { width: 390, scheme });
      assert.deepEqual(await breaches(each), [], `${each.url()} ${scheme}`);
    }
  }
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
});

test("nothing moves for somebody who wants less motion", async () => {
  const moving = await page.evaluate(() =>
    document.getAnimations().filter(({ effect }) => effect.target.localName !== "p" && effect.getComputedTiming().duration > 1).map(({ animationName }) => animationName));
  assert.deepEqual(moving, []);
});
