// What `npm run bench` makes of its command line and of samples. Nothing here is measured.
import assert from "node:assert/strict";
import { access, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SIZES, loadsAnew, summarizeBySize, tablesBySize } from "../../benches/by-size.mjs";
import { CANDIDATES, OURS, PENPAL, RAW, TANSTACK, titles } from "../../benches/candidates/index.mjs";
import { PICTURE, withTimes } from "../../benches/document.mjs";
import { quantile, time } from "../../benches/figures.mjs";
import { ROUNDS, SECTIONS, readOptions } from "../../benches/options.mjs";
import { report } from "../../benches/report.mjs";
import { writeSite } from "../../benches/site.mjs";
import { summarize } from "../../benches/summary.mjs";
import { targetsTable } from "../../benches/targets.mjs";
import { root } from "../../scripts/lib/paths.mjs";

const named = (list) => list.map(({ name }) => name);
const of = (...values) => Array.from({ length: 100 }, (_, at) => values[at % values.length]);
const framed = CANDIDATES.filter(({ store }) => store !== null);

/** A run in which each candidate takes as many ms as its place in the list, from 2 on. */
const places = Object.fromEntries(framed.map(({ name }, at) => [name, of(at + 2)]));
const SAMPLES = {
  roundTrip: { [RAW]: of(0.5) },
  put: { [RAW]: of(1.5) },
  confirmed: places,
  rate: { ...places, [RAW]: [100], [OURS]: [4_000] },
  whole: places,
  database: { [RAW]: of(1), [OURS]: of(4) },
  seen: { [RAW]: of(4), [OURS]: of(6) },
  connect: { ...places, [PENPAL]: of(10), [OURS]: of(12) },
  snapshot: { [TANSTACK]: of(0.004), [OURS]: of(0.001) },
  one: { [TANSTACK]: of(0.004), [OURS]: of(0.006) },
  nothing: { [OURS]: of(0.0001) },
};
const ABOUT = { titles: Object.fromEntries(CANDIDATES.map(({ name, title }) => [name, title])), conditions: "Engine 123.0.6543.210, 2 × Processor <a & b> with 64 cores; page and frame on two sites, cross-origin isolated, storage level `handle`; 7 interleaved rounds after a warm-up." };
const DAY = { views: 3, hits: 95, misses: 5, hitRatio: 0.95, least: 0.8 };

describe("options", () => {
  test("without any, everything is measured, and written down", () => {
    const { rounds, sections, candidates, isWhole } = readOptions([]);
    assert.deepEqual([rounds, sections, named(candidates), isWhole], [ROUNDS, Object.keys(SECTIONS), named(CANDIDATES), true]);
    assert.equal(readOptions(["--rounds", String(ROUNDS + 1)]).isWhole, true);
  });

  test("a try is not written down", () => {
    assert.equal(readOptions(["--rounds", "1"]).isWhole, false);
    assert.equal(readOptions(["--only", "writes"]).isWhole, false);
  });

  test("parts and candidates can be named; what nobody named of a kind is measured whole; the raw one is always there", () => {
    const parts = readOptions(["--only", "writes,seen"]);
    assert.deepEqual([parts.sections, named(parts.candidates)], [["writes", "seen"], named(CANDIDATES)]);
    const some = readOptions(["--only", PENPAL, "--only", `connect,${OURS}`]);
    assert.deepEqual([some.sections, named(some.candidates)], [["connect"], [RAW, PENPAL, OURS]]);
  });

  test("help is help", () => assert.equal(readOptions(["--help"]).help, true));

  test("anything else is refused with a word on what is accepted", () => {
    const wrong = [["--speed", "9"], ["5"], ["--only", "nothing"], ["--only"], ["--only", "writes,"], ["--only", "toString"], ["--picture"], ...["0", "-1", "1.5", "many", "1001", "1e2"].map((rounds) => [`--rounds=${rounds}`])];
    for (const args of wrong) assert.throws(() => readOptions(args), /npm run bench -- \[--rounds N\]/, args.join(" "));
    assert.throws(() => readOptions(["--only", "penpall"]), /"penpall"/);
  });
});

describe("candidates", () => {
  test("each has a page, and a frame where it has a store", async () => {
    for (const { name, store } of CANDIDATES) {
      const files = await readdir(join(root, "benches", "candidates", name));
      assert.deepEqual(files.sort(), store === null ? ["page.mjs"] : ["frame.mjs", "page.mjs"], name);
    }
  });

  test("no frame has a store of its own code: all share one", async () => {
    for (const { name } of framed) {
      const text = await readFile(join(root, "benches", "candidates", name, "frame.mjs"), "utf8");
      assert.doesNotMatch(text, /indexedDB|transaction|objectStore/i, name);
    }
  });

  test("a title says which version package.json names, exactly", async () => {
    const all = await titles();
    for (const { name, package: its } of CANDIDATES) if (its) assert.match(all[name], / \d+\.\d+\.\d+$/, name);
  });

  test("everything that their pages import is there", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "session-bridge-site-"));
    t.after(() => rm(folder, { recursive: true }));
    await writeSite(folder, { candidates: CANDIDATES, sites: ["https://a.example"] });
    for (const { name, store } of CANDIDATES) {
      for (const file of store === null ? ["page"] : ["page", "frame"]) {
        assert.ok((await readFile(join(folder, name, `${file}.html`), "utf8")).includes(`src="${file}.js"`));
        await access(join(folder, name, `${file}.js`));
      }
    }
    for (const { name } of framed) {
      const shares = (await readFile(join(folder, name, "frame.js"), "utf8")).includes('durability:"strict"}');
      assert.equal(shares, !["cross-storage", OURS].includes(name), `${name}: the store that is shared, and no other beside its own`);
    }
    const frame = await readFile(join(folder, OURS, "frame.js"), "utf8");
    assert.ok(frame.includes("https://a.example") && frame.includes("/package/service.js"), "the built package stays apart, and knows the site");
  });
});

describe("figures", () => {
  test("a quantile is a sample that at least this share does not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    assert.deepEqual([0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share)), [50, 95, 99, 100]);
    assert.deepEqual([time(0.0123), time(1.234), time(2_000), time(-0.05)], ["12.3 µs", "1.23 ms", "2 s", "-50 µs"]);
  });

  test("each is compared with its own baseline", () => {
    const { floor, confirmed, rate, seen, connect, cached } = summarize(SAMPLES);
    assert.equal(floor, 2, "a round trip and a put");
    assert.deepEqual([confirmed[RAW].ratio, confirmed[PENPAL].ratio], [1, 1.5], "a write to that");
    assert.deepEqual([rate[RAW].ratio, rate[OURS].ratio], [1, 40], "a rate to the raw port's");
    assert.deepEqual([seen[RAW].ratio, seen[OURS].ratio], [1, 1.5], "what is seen to the raw one");
    assert.deepEqual([connect[PENPAL].ratio, connect[OURS].ratio, connect[RAW].ratio], [1, 1.2, 0.2], "a start to Penpal's");
    assert.deepEqual([cached.snapshot[OURS].ratio, cached.one[OURS].ratio], [0.25, 1.5], "a read to TanStack Query's");
  });

  test("medians are compared, and the tail is told", () => {
    const slow = Array.from({ length: 100 }, (_, at) => (at < 94 ? 4 : at < 98 ? 40 : 400));
    const { confirmed } = summarize({ ...SAMPLES, confirmed: { [OURS]: slow } });
    assert.deepEqual(confirmed[OURS], { p50: 4, p95: 40, p99: 400, ratio: 2 });
  });

  test("the parts of a write come to the whole", () => {
    const { split } = summarize(SAMPLES);
    assert.deepEqual(split[OURS], { whole: 8, database: 4, port: 0.5, rest: 3.5 });
    assert.deepEqual(split["cross-storage"], { whole: 7, database: undefined, port: 0.5, rest: 6.5 }, "it has no transactions");
  });

  test("without its baseline there is no ratio", () => {
    const { confirmed, connect } = summarize({ confirmed: { [OURS]: of(3) }, connect: { [OURS]: of(3) } });
    assert.deepEqual([confirmed[OURS].ratio, connect[OURS].ratio], [undefined, undefined]);
  });

  test("a large store is compared with a small one; a rate the other way round", () => {
    const [few, many] = SIZES;
    const side = (times, rate, bytes) => ({ snapshot: [times], confirmed: [times], seen: [times], first: [times], load: [times], rate: [rate], page: [bytes], service: [2 * bytes] });
    const summary = summarizeBySize({ [few]: side(2, 1_000, 0), [many]: side(6, 250, 1_000 * (many - few)) });
    assert.deepEqual(summary.confirmed, { few: 2, many: 6, ratio: 3 });
    assert.equal(summary.rate.ratio, 4);
    assert.equal(Math.round(summary.service - summary.page), 1_000);
    assert.match(tablesBySize(summary), /\| a confirmed change \| 2 ms \| 6 ms \| 3\.00 × \|/);
  });
});

test("a run of one round has every figure of a large store: it loads the pages, in the warm-up too, whose figures do not count", () => {
  assert.deepEqual([0, 1, 2, 3].map(loadsAnew), [true, true, false, true]);
});

describe("targets", () => {
  const verdicts = (run) => targetsTable({ summary: summarize({}), ...run }).split("\n").slice(2).map((line) => line.slice(2, -2).split(" | ").slice(1));

  test("what was measured is held against each, and what was not is said", () => {
    const bySize = { snapshot: { ratio: 3 }, confirmed: { ratio: 1.6 }, seen: { ratio: 1.5 }, load: { many: 1_600 }, page: 500, service: 501 };
    assert.deepEqual(verdicts({ summary: summarize(SAMPLES), bySize, day: DAY }), [
      ["≤ 1.25 ×", "4.00 ×", "**not reached**"],
      ["≤ 1.00 ×", "2.67 ×", "**not reached**"],
      ["≥ 30.00 ×", "40.00 ×", "reached"],
      ["≤ 1.40 ×", "1.50 ×", "**not reached**"],
      ["≤ 1.15 ×", "1.20 ×", "**not reached**"],
      ["≤ 3.00 ×", "3.00 ×", "reached"],
      ["≤ 1.50 ×", "1.60 ×", "**not reached**"],
      ["≤ 1.50 ×", "1.50 ×", "reached"],
      ["≤ 1.5 s", "1.6 s", "**not reached**"],
      ["≤ 500 B", "500 B", "reached"],
      ["≤ 500 B", "501 B", "**not reached**"],
      ["> 90 %", "95.0 %", "reached"],
    ]);
    assert.ok(verdicts({}).every(([, value, verdict]) => value === "–" && verdict === "not measured"));
  });
});

/** The names of the elements of a text in XML, or what is wrong with it. */
function elements(text) {
  const open = [];
  const names = [];
  const rest = text.replaceAll(/<(\/?)([a-z]+)((?:\s[\w:-]+="[^"<&]*")*)\s*(\/?)>/gi, (_, ends, name, attributes, closed) => {
    if (ends) assert.equal(open.pop(), name);
    else names.push(name);
    if (!ends && !closed) open.push(name);
    return "";
  });
  assert.deepEqual(open, [], "what is open at the end");
  assert.doesNotMatch(rest, /[<>]|&(?!(?:amp|lt|gt|quot);)/, "what is neither an element nor text");
  return names;
}

describe("the report", () => {
  const { markdown, svg } = report({ samples: SAMPLES, day: DAY }, ABOUT);

  test("has a row of each candidate in each table that it takes part in", () => {
    const sections = markdown.split(/^### /m);
    const rows = (title) => sections.find((section) => section.startsWith(`${title}\n`)).split("\n").filter((line) => line.startsWith("| "));
    for (const { name, title } of framed) {
      const cell = name === OURS ? `| **${title}** |` : `| ${title} |`;
      assert.equal(rows("A confirmed write").filter((row) => row.startsWith(cell)).length, 3, title);
      assert.equal(rows("The start of a page").filter((row) => row.startsWith(cell)).length, 1, title);
    }
    assert.ok(rows("Reads").some((row) => row.includes("TanStack Query") && row.includes("1.00 ×")));
    assert.ok(rows("A confirmed write").includes("| **session-bridge** | IndexedDB, `strict` | 8 ms | 8 ms | 8 ms | 4.00 × |"));
    assert.doesNotMatch(markdown, /undefined|NaN|Infinity/);
  });

  test("has no more columns in a row than in the head of its table", () => {
    for (const block of markdown.split("\n\n").filter((block) => block.startsWith("| "))) {
      const widths = new Set(block.trim().split("\n").map((line) => line.split(" | ").length));
      assert.equal(widths.size, 1, block);
    }
  });

  test("leaves out what was not measured", () => {
    const some = report({ samples: { connect: { [RAW]: of(1) } } }, ABOUT);
    assert.match(some.markdown, /### The start of a page/);
    assert.doesNotMatch(some.markdown, /### (A confirmed write|Reads|A day|A large store)/);
    assert.match(some.markdown, /\| raw `MessagePort` \| 1 ms \| 1 ms \| 1 ms \| – \|/, "no ratio to what was not measured");
    assert.equal(report({ samples: {}, day: DAY }, ABOUT).svg, null);
  });

  test("the picture is well-formed, is told in words, and has each candidate", () => {
    const names = elements(svg);
    assert.equal(names[0], "svg");
    assert.deepEqual(names.slice(1, 3), ["title", "desc"]);
    const [, described] = /<desc[^>]*>([^]*?)<\/desc>/.exec(svg);
    const drawn = svg.slice(svg.indexOf("</desc>"));
    for (const { title } of framed) {
      const text = title.replaceAll("`", "");
      assert.ok(described.includes(text) && drawn.includes(`>${text}<`), title);
    }
    assert.equal(svg.match(/cross-storage keeps a store of its own, localStorage/g).length, 2, "in the words and in the picture: its figures are of another kind");
    assert.match(svg, /aria-labelledby="title desc"/);
    assert.ok(described.includes("Processor &lt;a &amp; b&gt;"));
    assert.ok(described.includes("session-bridge 8 ms, 4.00 ×"), "the figures are in the words too");
  });

  test("the picture needs nothing from elsewhere, and is made for light and dark", () => {
    assert.doesNotMatch(svg, /href|url\(|@import|@font-face|<(script|image|foreignObject)/i);
    assert.match(svg, /prefers-color-scheme: dark/);
  });

  test("no text of the picture leaves its frame", async () => {
    const { svg: drawn } = report({ samples: SAMPLES }, { ...ABOUT, titles: await titles() });
    const [, width] = /viewBox="0 0 (\d+)/.exec(drawn).map(Number);
    const texts = Array.from(drawn.matchAll(/<text (?:class="(\w+)" )?x="([\d.]+)"[^>]*>([^]*?)<\/text>/g), ([, kind, x, text]) => ({ kind, x: Number(x), text: text.replaceAll(/<[^>]*>/g, "") }));
    assert.ok(texts.length > 2 * framed.length);
    // As wide as letters of such sizes are on average.
    for (const { kind, x, text } of texts) assert.ok(x + text.length * (kind === "note" ? 6 : 7.2) < width, text);
  });

  test("the picture's bars are as long as the figures, and within its frame", () => {
    const [, width] = /viewBox="0 0 (\d+)/.exec(svg).map(Number);
    const bars = Array.from(svg.matchAll(/<rect class="bar" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g), ([, x, length]) => [Number(x), Number(length)]);
    assert.equal(bars.length, 3 * framed.length + 2);
    for (const [x, length] of bars) assert.ok(length >= 1 && x + length < width);
    const [first, second] = bars;
    assert.ok(Math.abs(second[1] / first[1] - 3 / 2) < 0.01, "Penpal takes 3, the raw one 2");
  });

  test("goes into the document in place of the last one", async () => {
    const document = await readFile(join(root, "docs", "benchmarks.md"), "utf8");
    const once = withTimes(document, markdown);
    assert.ok(once.includes(markdown.trim()) && once.includes(`](${PICTURE})`));
    assert.equal(withTimes(once, markdown), once);
    assert.ok(once.includes("\n\n## Sizes\n"), "a line of its own between the sections");
    const rest = (text) => text.slice(text.indexOf("\n## Sizes\n"));
    assert.equal(rest(once), rest(document));
    assert.equal(once.slice(0, once.indexOf("## Times")), document.slice(0, document.indexOf("## Times")));
    assert.throws(() => withTimes("# Benchmarks\n", markdown), /has to have the headings/);
  });
});
