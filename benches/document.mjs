// docs/benchmarks.md with the figures of a run.

import { Stop } from "../scripts/lib/run.mjs";

const BEGIN = "## Times\n";
const END = "\n## Sizes\n";

/** Where the picture lies, from the folder docs/. */
export const PICTURE = "images/benchmarks.svg";

/**
 * The document with its section of times replaced.
 *
 * @param {string} document
 * @param {string} markdown what the run printed
 */
export function withTimes(document, markdown) {
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END, from);
  if (from < 0 || to < 0) throw new Stop(`docs/benchmarks.md has to have the headings "${BEGIN.trim()}" and "${END.trim()}", in this order.`);
  return `${document.slice(0, from)}${BEGIN}
\`\`\`sh
npm run bench
\`\`\`

The command starts Chromium, measures everything below in the same run, and writes this section and its picture.
\`npm run bench -- --help\` prints how to measure only a part.

![Bars for each candidate; the tables below have their figures](${PICTURE})

${markdown.trim()}
${document.slice(to)}`;
}
