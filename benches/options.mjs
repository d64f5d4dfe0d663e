// What `npm run bench` is asked for.

import { parseArgs } from "node:util";

import { Stop } from "../scripts/lib/run.mjs";
import { CANDIDATES, RAW } from "./candidates/index.mjs";

/** In how many rounds everything is measured. */
export const ROUNDS = 7;

/** The parts of a run, in their order. */
export const SECTIONS = {
  writes: "a confirmed write, 400 at once, and where the time of a write goes",
  seen: "a change seen on another site",
  connect: "from nothing to a first read",
  cached: "a read from the cache",
  day: "a scripted day: how many reads the cache answers",
  "by-size": "one change in a store of 100 sessions and in one of 100 000 (most of the time of a run)",
};

const list = (names) => names.map((name) => `  ${name}\n`).join("");

export const HELP = `npm run bench -- [--rounds N] [--only NAME]… [--picture FILE]

Measures session-bridge beside other ways to keep sessions in a frame of another site, in Chromium, and prints Markdown.
A whole run also writes its tables and its picture into docs/.

  --rounds N      rounds after the warm-up, 1 to 1 000 (default ${ROUNDS})
  --only NAME     only this part or this candidate, for a try; can be given several times, or with commas
  --picture FILE  also writes the picture there
  --help          prints this

Parts:
${list(Object.entries(SECTIONS).map(([name, what]) => `${name.padEnd(14)}  ${what}`))}
Candidates (${RAW} is always among them, because the others are compared with it):
${list(CANDIDATES.map(({ name }) => name))}
A run is whole if it has at least ${ROUNDS} rounds and \`--only\` is not given.
`;

/**
 * @param {string[]} args
 * @returns {{ help: true } | { help: false, rounds: number, sections: string[], candidates: typeof CANDIDATES, picture?: string, isWhole: boolean }}
 * @throws {Stop} if an option is not one of these, saying which there are
 */
export function readOptions(args) {
  const values = parsed(args);
  if (values.help) return { help: true };
  const { rounds: text = String(ROUNDS), only = [], picture } = values;
  const rounds = Number(text);
  if (!/^\d+$/.test(text) || rounds < 1 || rounds > 1_000) throw refused(`--rounds takes a whole number from 1 to 1 000, not "${text}".`);
  const names = only.flatMap((given) => given.split(","));
  const isCandidate = (name) => CANDIDATES.some((candidate) => candidate.name === name);
  const unknown = names.find((name) => !isCandidate(name) && !Object.hasOwn(SECTIONS, name));
  if (unknown !== undefined) throw refused(`--only takes the name of a part or of a candidate, not "${unknown}".`);
  // Where none of a kind is named, all of that kind are measured.
  const chosen = (all, nameOf) => {
    const some = all.filter((one) => names.includes(nameOf(one)));
    return some.length ? some : all;
  };
  const compared = chosen(CANDIDATES, ({ name }) => name);
  return {
    help: false,
    rounds,
    sections: chosen(Object.keys(SECTIONS), (name) => name),
    candidates: CANDIDATES.filter((one) => one.name === RAW || compared.includes(one)),
    picture,
    isWhole: names.length === 0 && rounds >= ROUNDS,
  };
}

function parsed(args) {
  const options = { rounds: { type: "string" }, only: { type: "string", multiple: true }, picture: { type: "string" }, help: { type: "boolean" } };
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw refused(error.message);
  }
}

const refused = (what) => new Stop(`${what}\n\n${HELP}`);
