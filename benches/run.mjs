// `npm run bench`: what a write and a read cost, beside what the browser itself takes for the same, across two sites
// in Chromium. Prints Markdown. Times depend on the machine; the ratios, taken in one run, less so.

import { main } from "../scripts/lib/run.mjs";
import { setup } from "../scripts/setup.mjs";

await main("bench", async () => {
  await setup("open");
  // What follows needs the packages that set-up installs.
  const { report } = await import("./report.mjs");
  process.stdout.write(await report());
});
