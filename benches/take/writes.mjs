// What a write takes, until it is confirmed, and what the browser itself takes for its parts.

import { RAW } from "../candidates/index.mjs";

const keeps = ({ store }) => store !== null;
const isRaw = ({ name }) => name === RAW;

/** How many of each a round takes. `rate`: all at once. */
export const AMOUNTS = { roundTrip: 200, put: 100, confirmed: 100, rate: 400, split: 50 };

const simple = (name, applies) => ({
  name,
  applies,
  take: async ({ page, amount }) => ({ [name]: await page.call("measure", name, amount(AMOUNTS[name])) }),
});

/** How often all are written at once, in a round. */
const TIMES = 3;

async function rate({ page, amount }) {
  const taken = [];
  for (let at = 0; at < TIMES; at += 1) taken.push(...(await page.call("measure", "rate", amount(AMOUNTS.rate))));
  return { rate: taken };
}

/** Writes while the frame notes how long its transactions take. */
async function split({ page, amount }) {
  const frame = page.frame();
  await frame.evaluate(() => void (window.transactions = []));
  const whole = await page.call("measure", "confirmed", amount(AMOUNTS.split));
  const database = await frame.evaluate(() => {
    const taken = window.transactions;
    window.transactions = null;
    return taken;
  });
  return { whole, database };
}

/** @type {import("../measure.mjs").Measure[]} */
export const writes = [
  simple("roundTrip", isRaw),
  simple("put", isRaw),
  simple("confirmed", keeps),
  { name: "rate", applies: keeps, take: rate },
  { name: "split", applies: keeps, take: split },
];
