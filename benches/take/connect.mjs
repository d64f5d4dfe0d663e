// How long a page that was just opened takes until it has read all sessions.

import { COUNT } from "../pages/sessions.mjs";

const AMOUNT = 3;

async function take({ open, amount, candidate }) {
  const times = [];
  for (let at = 0; at < amount(AMOUNT); at += 1) {
    const page = await open();
    try {
      const { ms, count } = await page.connect();
      if (count < COUNT) throw new Error(`${candidate.name}: a new page reads ${count} sessions, not ${COUNT}.`);
      times.push(ms);
    } finally {
      await page.close();
    }
  }
  return { connect: times };
}

/** @type {import("../measure.mjs").Measure[]} */
export const connect = [{ name: "connect", applies: ({ store }) => store !== null, take }];
