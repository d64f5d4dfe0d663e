// `npm run bench`: session-bridge beside other ways to do the same, across two sites in Chromium. Prints Markdown. Times depend on
// the machine; the ratios, taken in one run, less so.

import { main } from "../scripts/lib/run.mjs";
import { setup } from "../scripts/setup.mjs";
import { HELP, readOptions } from "./options.mjs";

await main("bench", async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(HELP);
  await setup("open");
  // What follows needs the packages that set-up installs.
  const { bench } = await import("./bench.mjs");
  await bench(options);
});
