// From what the stages' tests came to, the table of docs/hostile.md.
import { drivesChromium } from "../drives.mjs";
import { ROWS } from "./rows.mjs";

/** In the order of their names in a row. */
export const PLACES = ["Chromium", "Firefox", "WebKit", "Node", "Rust"];

const HEAD = `# The hostile world, number by number

Each attack that session-bridge withstands, and the tests that show it. The last stage of \`npm test\` compares this page with
what the run has shown: for each number of which anything is built, a test must have passed in each engine that the number asks
for. \`HOSTILE_WRITE_TABLE=1 npm test -- hostile\` writes the page from the last run of each stage. A test belongs to a number if
its name begins with \`hostile\` and the number, or several numbers with commas between them (in Rust \`hostile_36_…\`). In the
table, the name of the stage stands before the name of each test.

| # | Attack, or what must hold | Tests | Where | Result |
| --- | --- | --- | --- | --- |
`;

/** A name as it is played: on which stand, in which engine. */
const PLAY = /(?:[A-Za-z ]+, )?\b(Chromium|Firefox|WebKit): /;
const NUMBERS = /^hostile (\d+(?:, \d+)*): /;
const NUMBERS_IN_RUST = /(?:^|::)hostile_(\d+(?:_\d+)*)_(\w+)$/;

/** @typedef {{ number: number, name: string, stage: string, place: string, result: string }} Stood one test of one number */

/** The tests that are of a number. What is played with the packed tarball is the same once more. @returns {Stood[]} */
export function stood(tests) {
  return tests.filter(({ stage }) => stage !== "packaging").flatMap((test) => {
    const found = inRust(test) ?? inNode(test);
    return found ? found.numbers.map((number) => ({ number, name: found.name, place: found.place, stage: test.stage, result: test.result })) : [];
  });
}

function inRust({ path, stage, file }) {
  const [, numbers, name] = (!file && NUMBERS_IN_RUST.exec(path.at(-1))) || [];
  if (!numbers) return undefined;
  return { numbers: numbers.split("_").map(Number), name: name.replaceAll("_", " "), place: stage === "web" ? "Chromium" : "Rust" };
}

function inNode({ path, file }) {
  const at = path.findIndex((name) => NUMBERS.test(name));
  if (at === -1) return undefined;
  const numbers = NUMBERS.exec(path[at])[1].split(", ").map(Number);
  const [, engine] = PLAY.exec(path.join(": ")) ?? [];
  const name = path.slice(at).join(": ").replace(NUMBERS, "").replace(PLAY, "");
  return { numbers, name, place: engine ?? (file && drivesChromium(file) ? "Chromium" : "Node") };
}

/** What is wrong with what was run, in sentences. `absent` are the engines that are not there to be asked. */
export function gaps(tests, absent) {
  const all = stood(tests);
  const wrong = all.filter(({ number }) => !ROWS[number]).map(({ number, name }) => `There is no number ${number}, of which "${name}" is.`);
  for (const [number, { engines, nothing }] of Object.entries(ROWS)) {
    const own = all.filter((one) => one.number === Number(number));
    const passed = own.filter(({ result }) => result === "passed");
    for (const { name, place } of own.filter(({ result }) => result === "failed")) wrong.push(`${number}: "${name}" failed (${place}).`);
    // Where Chromium is left out, so is much that any one place would be enough for.
    const asked = engines.length ? engines.some((engine) => !absent.includes(engine)) : !absent.includes("Chromium");
    if (!passed.length && !nothing && asked) wrong.push(`${number} has no test that passed.`);
    else for (const engine of engines) {
      if (!absent.includes(engine) && !passed.some(({ place }) => place === engine)) wrong.push(`${number} has no test that passed in ${engine}.`);
    }
  }
  return wrong;
}

/** The page that tells of these tests. */
export function pageOf(tests) {
  const all = stood(tests).filter(({ result }) => result !== "skipped");
  const rows = Object.entries(ROWS).map(([number, row]) => {
    const own = all.filter((one) => one.number === Number(number));
    const names = [...new Set(own.map(({ stage, name }) => `${stage}: ${name}`))].sort();
    const places = PLACES.filter((one) => own.some(({ place }) => place === one));
    return line([number, row.stands, names.map(cell).join("<br>"), places.join(", "), resultOf(own, row)]);
  });
  return HEAD + rows.join("");
}

function resultOf(own, { lacks }) {
  const failed = own.some(({ result }) => result === "failed");
  const parts = [own.length && (failed ? "fails" : "stood"), lacks && `not built yet: ${lacks}`];
  return parts.filter(Boolean).join("; ") || "no test yet";
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const line = (cells) => `| ${cells.join(" | ")} |\n`;

/** The same page without what the absent engines may have told. */
export function without(page, absent) {
  return page.split("\n").map((text) => (absent.length && /^\| \d/.test(text) ? withoutEngines(text, absent) : text)).join("\n");
}

function withoutEngines(text, absent) {
  const cells = text.split(/(?<!\\) \| /);
  cells[2] = "";
  cells[3] = cells[3]?.split(", ").filter((place) => !absent.includes(place)).join(", ");
  return cells.join(" | ");
}
