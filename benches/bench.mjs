// One run: builds what is not built, measures what is asked for, prints it, and writes down a whole run.

import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";

import { build } from "../scripts/build.mjs";
import { root } from "../scripts/lib/paths.mjs";
import { say } from "../scripts/lib/run.mjs";
import { sampleBySize, summarizeBySize } from "./by-size.mjs";
import { titles } from "./candidates/index.mjs";
import { playDay } from "./day.mjs";
import { PICTURE, withTimes } from "./document.mjs";
import { MEASURES, sample } from "./measure.mjs";
import { report } from "./report.mjs";

/** @param {Exclude<ReturnType<typeof import("./options.mjs").readOptions>, { help: true }>} options */
export async function bench({ rounds, sections, candidates, picture, isWhole }) {
  await build();
  const sideBySide = sections.filter((name) => Object.hasOwn(MEASURES, name));
  const { samples, level, version } = sideBySide.length ? await sample({ rounds, candidates, sections: sideBySide }) : { samples: {} };
  if (sections.includes("day")) say("bench", "a scripted day");
  const day = sections.includes("day") ? await playDay() : undefined;
  const bySize = sections.includes("by-size") ? summarizeBySize(await sampleBySize({ rounds })) : undefined;
  const { markdown, svg } = report({ samples, bySize, day }, { titles: await titles(), conditions: conditions({ rounds, level, version }) });
  process.stdout.write(`\n${markdown}`);
  if (picture) await draw(picture, svg);
  if (isWhole) await writeDown(markdown, svg);
}

function conditions({ rounds, level, version }) {
  const where = [version, `${cpus().length} × ${cpus()[0].model.trim()}`].filter(Boolean).join(", ");
  const storage = level && level !== "none" ? `, storage level \`${level}\`` : "";
  return `${where}; page and frame on two sites, cross-origin isolated${storage}; ${rounds} interleaved round${rounds > 1 ? "s" : ""} after a warm-up.`;
}

async function draw(file, svg) {
  if (svg === null) return say("bench", `${file} is not written: nothing was measured that the picture shows.`);
  await writeFile(file, svg);
  say("bench", `${file} is written`);
}

/** Keeps the documentation's tables and its picture those of one run. */
async function writeDown(markdown, svg) {
  const document = join(root, "docs", "benchmarks.md");
  await writeFile(document, withTimes(await readFile(document, "utf8"), markdown));
  await draw(join(root, "docs", PICTURE), svg);
  say("bench", "docs/benchmarks.md has the figures of this run");
}
