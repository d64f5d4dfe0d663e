// The main comparison as a picture: SVG that stands by itself, in light and dark, without fonts from elsewhere.

import { CANDIDATES, OURS } from "./candidates/index.mjs";
import { count, ratio, time } from "./figures.mjs";
import { AMOUNTS } from "./take/writes.mjs";

const WIDTH = 760;
const MARGIN = 24;
const LABELS = 190;
const VALUES = 130;
const BARS = WIDTH - 2 * MARGIN - LABELS - VALUES;
const ROW = 26;
const BAR = 16;
const HEAD = 44;
/** Where the lines above the groups begin, and how high each is. */
const HEAD_TOP = 30;
const LINE = 18;

/** Each group of bars: the part of the summary, what it shows, which way is better, and what its ratios are to. */
const PANELS = [
  { of: "confirmed", title: "A confirmed write, median", better: "shorter is better", to: "a raw round trip plus a raw put", text: time },
  { of: "rate", title: `${AMOUNTS.rate} writes at once, confirmed in a second`, better: "longer is better", to: "the raw port", text: count },
  { of: "seen", title: "A change seen on another site, median", better: "shorter is better", to: "a raw put and a broadcast", text: time },
  { of: "connect", title: "From nothing to a first read, median", better: "shorter is better", to: "Penpal", text: time },
];

const STYLE = `
  svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }
  .ground { fill: #ffffff; }
  text { fill: #1f2328; }
  .note { fill: #59636e; font-size: 12px; font-weight: 400; }
  .head { font-weight: 600; }
  .bar { fill: #8c959f; }
  .ours .bar { fill: #0969da; }
  .ours text { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; }
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #656c76; }
    .ours .bar { fill: #4493f8; }
  }
`;

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Text in the picture. Titles are Markdown elsewhere. */
const plain = (text) => text.replaceAll("`", "").replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

/**
 * @param {ReturnType<typeof import("./summary.mjs").summarize>} summary
 * @param {Record<string, string>} titles by the name of the candidate
 * @param {string} conditions where and how it was measured; "; " parts the lines
 * @returns {string | null} `null` if nothing was measured that it shows
 */
export function picture(summary, titles, conditions) {
  const groups = PANELS.map((panel) => ({ ...panel, bars: barsOf(summary[panel.of], panel, titles) })).filter(({ bars }) => bars.length > 0);
  if (groups.length === 0) return null;
  // One line of the picture has not the room for all of it.
  const lines = conditions.split("; ");
  let top = HEAD_TOP + lines.length * LINE;
  const drawn = groups.map((group) => {
    const text = drawGroup(group, top);
    top += HEAD + group.bars.length * ROW;
    return text;
  });
  const shown = CANDIDATES.filter(({ name, note }) => note && groups.some(({ bars }) => bars.some((bar) => bar.name === name)));
  const notes = shown.map(({ name, note }) => `${titles[name]} ${note}.`);
  const height = top + notes.length * LINE + 12;
  const told = groups.map((group) => `${group.title} (${noteOf(group)}): ${group.bars.map(({ title, label }) => `${title} ${label}`).join("; ")}.`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">session-bridge beside other ways to keep sessions in a frame of another site</title>
<desc id="desc">${plain([conditions, ...told, ...notes].join(" "))}</desc>
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
${drawNotes(lines, HEAD_TOP)}
${drawn.join("\n")}
${drawNotes(notes, top + LINE)}
</svg>
`;
}

const drawNotes = (lines, top) => lines.map((line, at) => `<text class="note" x="${MARGIN}" y="${top + at * LINE}">${plain(line)}</text>`).join("\n");

const noteOf = ({ better, to }) => `${better}; × to ${to}`;

function barsOf(byName, { text }, titles) {
  return CANDIDATES.filter(({ name }) => byName[name]).map(({ name }) => {
    const { p50, ratio: toBaseline } = byName[name];
    return { name, title: titles[name], size: p50, label: toBaseline === undefined ? text(p50) : `${text(p50)}, ${ratio(toBaseline)}` };
  });
}

function drawGroup(group, top) {
  const { title, bars } = group;
  const longest = Math.max(...bars.map(({ size }) => size));
  const rows = bars.map(({ name, title, size, label }, at) => {
    const y = top + HEAD - 16 + at * ROW;
    const length = Math.max(1, (size / longest) * BARS);
    const x = MARGIN + LABELS;
    return `<g${name === OURS ? ' class="ours"' : ""}><text x="${MARGIN}" y="${y + BAR - 3}">${plain(title)}</text>` +
      `<rect class="bar" x="${x}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>` +
      `<text x="${(x + length + 8).toFixed(1)}" y="${y + BAR - 3}">${plain(label)}</text></g>`;
  });
  return `<text class="head" x="${MARGIN}" y="${top + 12}">${plain(title)} <tspan class="note">${plain(noteOf(group))}</tspan></text>\n${rows.join("\n")}`;
}
