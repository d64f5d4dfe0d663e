// Takes the samples: all candidates in the same rounds, one after the other, so that a busy moment harms them alike.

import { Stop, say } from "../scripts/lib/run.mjs";
import { COUNT } from "./pages/sessions.mjs";
import { SITES, openStand } from "./stand.mjs";
import { cached } from "./take/cached.mjs";
import { connect } from "./take/connect.mjs";
import { seen } from "./take/seen.mjs";
import { writes } from "./take/writes.mjs";

/**
 * @typedef {object} Measure
 * @property {string} name
 * @property {(candidate: import("./candidates/index.mjs").Candidate) => boolean} applies
 * @property {boolean} [twoSites] whether it needs a page of a second site (default false)
 * @property {(given: Given) => Promise<Record<string, number[]>>} take takes the samples of one candidate in one round, by what
 *   was measured
 *
 * @typedef {object} Given
 * @property {import("./candidates/index.mjs").Candidate} candidate
 * @property {import("./stand.mjs").Page} page a page that is connected, of the first site
 * @property {import("./stand.mjs").Page} [other] one of the second site
 * @property {() => Promise<import("./stand.mjs").Page>} open opens a new page of the first site
 * @property {(whole: number) => number} amount how many to take, of so many in a whole round
 * @property {() => number} next a number that was not given before
 */

/** By the name that `--only` takes. */
export const MEASURES = { writes, seen, connect, cached };

/**
 * Samples by what was measured and by the name of the candidate: times in ms; `rate` in a second.
 *
 * @param {object} options
 * @param {number} options.rounds
 * @param {readonly import("./candidates/index.mjs").Candidate[]} options.candidates
 * @param {string[]} options.sections names of `MEASURES`
 * @returns {Promise<{ samples: Record<string, Record<string, number[]>>, level: string, version: string }>}
 */
export async function sample({ rounds, candidates, sections }) {
  const measures = sections.flatMap((name) => MEASURES[name]);
  const applicable = candidates.filter((candidate) => measures.some(({ applies }) => applies(candidate)));
  if (applicable.length === 0) throw new Stop(`None of these candidates takes part in ${sections.join(", ")}: ${candidates.map(({ name }) => name).join(", ")}.`);
  const stand = await openStand(applicable);
  try {
    const given = new Map();
    // None that the pages count up to themselves.
    let last = 1_000_000_000;
    const next = () => (last += 1);
    for (const candidate of applicable) {
      say("bench", `opening ${candidate.name}`);
      const twoSites = measures.some((one) => one.twoSites && one.applies(candidate));
      given.set(candidate.name, { candidate, ...(await opened(stand, candidate, twoSites)), open: () => stand.open(candidate), next });
    }
    const level = oneLevel([...given.values()]);
    const samples = {};
    const keep = (name, taken) => {
      for (const [what, values] of Object.entries(taken)) ((samples[what] ??= {})[name] ??= []).push(...values);
    };
    for (let round = 0; round <= rounds; round += 1) {
      say("bench", round ? `round ${round} of ${rounds}` : "warming up");
      const amount = (whole) => (round ? whole : Math.ceil(whole / 2));
      for (const { applies, take } of measures) {
        for (const candidate of rotated(applicable.filter(applies), round)) {
          const taken = await take({ ...given.get(candidate.name), amount });
          if (round) keep(candidate.name, taken);
        }
      }
    }
    return { samples, level, version: stand.version };
  } finally {
    await stand.close();
  }
}

/** A page of a candidate with its store filled, and if wanted a page of the other site. `level`: what storage it was given. */
async function opened(stand, candidate, twoSites) {
  const page = await stand.open(candidate);
  await page.connect();
  if (candidate.store === null) return { page };
  const count = await page.call("fill");
  if (count !== COUNT) throw new Error(`${candidate.name}: the store has ${count} sessions, not ${COUNT}.`);
  const level = await page.call("level");
  if (!twoSites) return { page, level };
  const other = await stand.open(candidate, SITES[1]);
  await other.connect();
  return { page, other, level };
}

/** What storage all were given that can say. */
function oneLevel(given) {
  const levels = new Map(given.filter(({ level }) => level && level !== "own").map(({ candidate, level }) => [candidate.name, level]));
  const [first, ...others] = new Set(levels.values());
  if (others.length) throw new Stop(`Candidates were given different storage: ${JSON.stringify(Object.fromEntries(levels))}`);
  return first ?? "none";
}

/** In each round another one goes first. */
const rotated = (list, round) => list.map((_, at) => list[(at + round) % list.length]);
