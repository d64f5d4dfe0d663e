// What `npm run sim` is asked for.
import { parseArgs } from "node:util";
import { Stop } from "../lib/run.mjs";

const HELP = `npm run sim -- [--seeds N] [--from S] [--seconds T]
npm run sim -- --seed S
npm run sim -- --plan "seed=S steps=… strikes=…"`;

/** Turns a command line into the variables that the simulation reads. @param {string[]} args */
export function readOptions(args) {
  const string = { type: "string" };
  let values;
  try {
    const options = { seeds: string, from: string, seconds: string, seed: string, plan: string };
    ({ values } = parseArgs({ args, options, allowPositionals: false }));
  } catch (error) {
    throw new Stop(`${error.message}\n${HELP}`);
  }
  for (const [name, value] of Object.entries(values)) {
    if (name !== "plan" && !/^\d{1,15}$/.test(value)) throw new Stop(`--${name} takes a whole number, not ${value}\n${HELP}`);
  }
  const { seed, plan, seeds, from, seconds } = values;
  const one = plan ?? (seed && `seed=${seed}`);
  if (one !== undefined) {
    if (Object.keys(values).length > 1) throw new Stop(`one history is asked for by itself\n${HELP}`);
    return { SIM_PLAN: one };
  }
  // A time by itself asks for as many as fit into it.
  const asked = { SIM_SEEDS: seeds ?? (seconds && "1") ?? "10000", SIM_FROM: from ?? "0", SIM_SECONDS: seconds ?? "0" };
  return asked;
}
