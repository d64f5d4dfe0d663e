// What was measured, as Markdown.

import { cpus } from "node:os";

import { build } from "../scripts/build.mjs";
import { readManifest } from "../scripts/build/manifest.mjs";
import { weigh } from "../scripts/build/size.mjs";
import { count, median, quantile, ratio, table, time } from "./figures.mjs";
import { ROUND, ROUNDS, sample } from "./measure.mjs";

function times(samples) {
  const base = median(samples.roundTrip) + median(samples.put);
  const row = (what, name) => {
    const middle = median(samples[name]);
    return [what, time(middle), time(quantile(samples[name], 0.99)), ratio(middle / base)];
  };
  return table(["one at a time", "median", "99 %", "to round trip plus put"], [
    row("raw `MessagePort` round trip", "roundTrip"),
    row("raw IndexedDB put, `strict`, one transaction", "put"),
    row("both: a message, the put, the answer", "portAndPut"),
    row("both, with a version compared and a log and an outcome kept in the transaction", "portAndCompare"),
    row("**a confirmed write**", "confirmed"),
  ]);
}

function rates(samples) {
  const [raw, ours] = [median(samples.putRate), median(samples.confirmedRate)];
  return table(["many at once", "in a second", "to raw"], [
    [`raw: ${ROUND.putRate} messages, each put in its own transaction, \`strict\``, count(raw), ratio(1)],
    [`**${ROUND.confirmedRate} confirmed writes**`, count(ours), ratio(ours / raw)],
  ]);
}

function reads(samples) {
  return table(["reading 100 sessions", "median"], [
    ["`getSnapshot()`", time(median(samples.snapshot))],
    ["`await getSession(id)` from the cache", time(median(samples.hit))],
    ["an `await` of a resolved promise, for comparison", time(median(samples.nothing))],
  ]);
}

async function sizes() {
  const rows = [];
  for (const { name, script, module, budget } of await readManifest()) {
    const { files, total } = await weigh([script, module]);
    rows.push([name, ...files.map(({ bytes }) => count(bytes)), `**${count(total)}**`, count(budget)]);
  }
  return table(["bytes with brotli", "script", "wasm", "together", "budget"], rows);
}

/** Builds what is not built, measures, and answers the text. */
export async function report() {
  await build();
  const { samples, storage, browser } = await sample();
  const [{ model }] = cpus();
  return `
\`npm run bench\`: ${browser}, ${cpus().length} × ${model.trim()}; page and service on two sites, storage level
\`${storage}\`; medians of ${ROUNDS} interleaved rounds after a warm-up.

${times(samples)}

${rates(samples)}

${reads(samples)}

${await sizes()}
`;
}
