// What one run measured, as Markdown and as a picture.

import { tablesBySize } from "./by-size.mjs";
import { CANDIDATES } from "./candidates/index.mjs";
import { dayTable } from "./day.mjs";
import { picture } from "./picture.mjs";
import { summarize } from "./summary.mjs";
import { cachedTable, confirmedTable, connectTable, rateTable, seenTable, splitTable } from "./tables.mjs";
import { AMOUNTS } from "./take/writes.mjs";
import { targetsTable } from "./targets.mjs";

/**
 * @param {object} measured what was measured; what was not is left out
 * @param {Record<string, Record<string, number[]>>} measured.samples
 * @param {ReturnType<typeof import("./by-size.mjs").summarizeBySize>} [measured.bySize]
 * @param {Awaited<ReturnType<typeof import("./day.mjs").playDay>>} [measured.day]
 * @param {object} about
 * @param {Record<string, string>} about.titles by the name of the candidate
 * @param {string} about.conditions where and how it was measured: one sentence
 * @returns {{ markdown: string, svg: string | null }}
 */
export function report({ samples, bySize, day }, { titles, conditions }) {
  const summary = summarize(samples);
  const has = (part) => Object.keys(part).length > 0;
  const sections = [
    has(summary.confirmed) && section("A confirmed write", CONFIRMED, confirmedTable(summary, titles), rateTable(summary, titles, AMOUNTS.rate), RATE, splitTable(summary, titles), SPLIT),
    has(summary.seen) && section("A change on another site", seenTable(summary, titles), SEEN),
    has(summary.connect) && section("The start of a page", connectTable(summary, titles), CONNECT),
    has(summary.cached.snapshot) && section("Reads", cachedTable(summary, titles)),
    day && section("A day", dayTable(day)),
    bySize && section("A large store", tablesBySize(bySize)),
    section("Targets", targetsTable({ summary, bySize, day })),
  ];
  return { markdown: `${conditions}\n\n${sections.filter(Boolean).join("\n")}`, svg: picture(summary, titles, conditions) };
}

const section = (title, ...parts) => `### ${title}\n\n${parts.map((part) => part.trim()).join("\n\n")}\n`;

const CONFIRMED = `Every candidate has a page of its own and a frame of another site. A write is confirmed when the frame has stored it and has answered.
The frames of all candidates but session-bridge and cross-storage share the code of one store: one transaction with durability
\`strict\` and one put, answered when it is complete. ${CANDIDATES.filter(({ note }) => note).map(({ title, note }) => `${title} ${note}.`).join(" ")}`;

const RATE = `session-bridge batches writes that wait into one commit; the others commit each write on its own. \`limits.writesPerSecond\` is raised for
this: by default, what a page writes beyond 500 in a second waits.`;

const SPLIT = `IndexedDB: from the beginning of a transaction that writes until it is complete, taken in the frame. Port: the raw round trip. Rest: what
is left of the whole.`;

const SEEN = `From the call on a page of one site until a page of another site has the change. The raw one: a message to the frame, the put, a
\`BroadcastChannel\` message to the frame of the other site, and a message to its page. Taken in both directions.`;

const CONNECT = `On a page that was just opened, its scripts loaded: the frame is made, the connection is set up, and all sessions are read.`;
