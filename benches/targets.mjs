// What is to be reached, held against the ratios of one run. Nothing fails because of it.

import { OURS, PENPAL } from "./candidates/index.mjs";
import { ratio, table, time } from "./figures.mjs";
import { AMOUNTS } from "./take/writes.mjs";

const atMost = (limit) => ({ limit: `≤ ${ratio(limit)}`, holds: (value) => value <= limit, show: ratio });
const atLeast = (limit) => ({ limit: `≥ ${ratio(limit)}`, holds: (value) => value >= limit, show: ratio });

/**
 * Each target: `of` gives what was measured, or `undefined`.
 *
 * @type {readonly { what: string, limit: string, holds: (value: number) => boolean, show: (value: number) => string, of: (run: Run) => number | undefined }[]}
 * @typedef {{ summary: ReturnType<typeof import("./summary.mjs").summarize>, bySize?: ReturnType<typeof import("./by-size.mjs").summarizeBySize>, day?: { hitRatio: number } }} Run
 */
const TARGETS = [
  { what: "a confirmed write, median, to a raw round trip plus a raw put", ...atMost(1.25), of: ({ summary }) => summary.confirmed[OURS]?.ratio },
  { what: "a confirmed write, 99 %, to that of Penpal with IndexedDB", ...atMost(1), of: ({ summary }) => over(summary.confirmed, "p99", PENPAL) },
  { what: `${AMOUNTS.rate} writes at once, in a second, to the raw port`, ...atLeast(30), of: ({ summary }) => summary.rate[OURS]?.ratio },
  { what: "a change seen on another site, to a raw put and a broadcast", ...atMost(1.4), of: ({ summary }) => summary.seen[OURS]?.ratio },
  { what: "from the constructor to live, to Penpal’s connection with a first read", ...atMost(1.15), of: ({ summary }) => summary.connect[OURS]?.ratio },
  { what: "one change at 100 000 sessions to one at 100: shown in its own page", ...atMost(3), of: ({ bySize }) => bySize?.snapshot.ratio },
  { what: "the same: confirmed", ...atMost(1.5), of: ({ bySize }) => bySize?.confirmed.ratio },
  { what: "the same: seen on another site", ...atMost(1.5), of: ({ bySize }) => bySize?.seen.ratio },
  { what: "the first load of 100 000 sessions", limit: "≤ 1.5 s", holds: (ms) => ms <= 1_500, show: time, of: ({ bySize }) => bySize?.load.many },
  { what: "memory of a session in a page, besides its own text", ...bytes(500), of: ({ bySize }) => bySize?.page },
  { what: "the same in the service", ...bytes(500), of: ({ bySize }) => bySize?.service },
  { what: "reads of a scripted day that the cache answers", limit: "> 90 %", holds: (share) => share > 0.9, show: percent, of: ({ day }) => day?.hitRatio },
];

function bytes(limit) {
  return { limit: `≤ ${limit} B`, holds: (value) => value <= limit, show: (value) => `${Math.round(value)} B` };
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

const over = (byName, figure, baseline) => (byName[OURS] && byName[baseline] ? byName[OURS][figure] / byName[baseline][figure] : undefined);

/** Each target with what was measured and a verdict, as Markdown. @param {Run} run */
export function targetsTable(run) {
  const rows = TARGETS.map(({ what, limit, holds, show, of }) => {
    const value = of(run);
    return value === undefined ? [what, limit, "–", "not measured"] : [what, limit, show(value), holds(value) ? "reached" : "**not reached**"];
  });
  return table(["target", "limit", "this run", "result"], rows);
}
