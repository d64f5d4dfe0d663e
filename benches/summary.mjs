// Figures of one run out of its samples: what is compared with what is decided here, and nowhere else.

import { OURS, PENPAL, RAW, TANSTACK } from "./candidates/index.mjs";
import { median, quantile } from "./figures.mjs";

/** @typedef {{ p50: number, p95: number, p99: number }} Spread */

const spread = (samples) => samples && { p50: median(samples), p95: quantile(samples, 0.95), p99: quantile(samples, 0.99) };

/** One figure to another; `undefined` where one of them was not measured. */
const over = (one, other) => (one === undefined || other === undefined ? undefined : one / other);

const mapped = (byName = {}, task) => Object.fromEntries(Object.entries(byName).map(([name, samples]) => [name, task(samples, name)]));

/**
 * Medians, 95 % and 99 % of each measure, and their ratios to the baseline of the same run. What was not measured is not there.
 * A ratio whose baseline was not measured is `undefined`.
 *
 * @param {Record<string, Record<string, number[]>>} samples by what was measured, by candidate
 */
export function summarize(samples) {
  const roundTrip = spread(samples.roundTrip?.[RAW]);
  const put = spread(samples.put?.[RAW]);
  /** What the browser itself takes for a write: to the frame and back, and to the disk. */
  const floor = roundTrip && put && roundTrip.p50 + put.p50;
  const confirmed = mapped(samples.confirmed, (values) => ({ ...spread(values), ratio: over(median(values), floor) }));
  const rate = compared(samples.rate, RAW);
  const split = mapped(samples.whole, (values, name) => parts(values, samples.database?.[name], roundTrip?.p50));
  return {
    roundTrip,
    put,
    floor,
    confirmed,
    rate,
    split,
    seen: compared(samples.seen, RAW),
    connect: compared(samples.connect, PENPAL),
    cached: {
      snapshot: compared(samples.snapshot, TANSTACK),
      one: compared(samples.one, TANSTACK),
      nothing: samples.nothing?.[OURS] && median(samples.nothing[OURS]),
    },
  };
}

/** The spread of each candidate, and its median to that of the baseline. */
function compared(byName, baseline) {
  const base = byName?.[baseline] && median(byName[baseline]);
  return mapped(byName, (values) => ({ ...spread(values), ratio: over(median(values), base) }));
}

/** The parts of a write, by their medians: in IndexedDB, on the port, and what is left. A part that is not known counts to the rest. */
function parts(values, database, port) {
  const whole = median(values);
  const inDatabase = database?.length ? median(database) : undefined;
  return { whole, database: inDatabase, port, rest: whole - (inDatabase ?? 0) - (port ?? 0) };
}
