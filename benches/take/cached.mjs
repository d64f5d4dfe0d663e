// What a read of what a page already has takes.

import { OURS, TANSTACK } from "../candidates/index.mjs";

const AMOUNTS = { snapshot: 1_000_000, one: 20_000, nothing: 20_000 };

const simple = (name, names) => ({
  name,
  applies: (candidate) => names.includes(candidate.name),
  take: async ({ page, amount }) => ({ [name]: await page.call("measure", name, amount(AMOUNTS[name])) }),
});

/** @type {import("../measure.mjs").Measure[]} */
export const cached = [simple("snapshot", [OURS, TANSTACK]), simple("one", [OURS, TANSTACK]), simple("nothing", [OURS])];
