// How long after a write began on one site a page of the other has it.

import { OURS, RAW } from "../candidates/index.mjs";

const AMOUNT = 10;

async function oneWay(writer, reader, { count, next }) {
  const times = [];
  for (let at = 0; at < count; at += 1) {
    const edits = next();
    await reader.call("watch", edits);
    const began = await writer.call("tell", edits);
    times.push((await reader.call("sighted")) - began);
  }
  return times;
}

/** Both ways: if the clocks of the two pages differ, one way looks shorter by as much as the other looks longer. */
async function take({ page, other, amount, next }) {
  const given = { count: amount(AMOUNT), next };
  return { seen: [...(await oneWay(page, other, given)), ...(await oneWay(other, page, given))] };
}

/** @type {import("../measure.mjs").Measure[]} */
export const seen = [{ name: "seen", applies: ({ name }) => name === RAW || name === OURS, twoSites: true, take }];
