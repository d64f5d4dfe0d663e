// `npm run soak -- --minutes 10`: four tabs on two sites that write while something fails every few seconds, in Chromium.
// Every write is accounted for at the end.
import { join } from "node:path";
import { root } from "./lib/paths.mjs";
import { Stop, main, run } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

const MINUTES = 10;

await main("soak", async () => {
  const [option, value = String(MINUTES), ...more] = process.argv.slice(2);
  const minutes = Number(value);
  if ((option !== undefined && option !== "--minutes") || more.length > 0 || !(minutes > 0)) {
    throw new Stop("it takes --minutes and a number above 0, and nothing else.");
  }
  await setup("test");
  const { build } = await import("./build.mjs");
  await build();
  const env = { ...process.env, E2E_ENGINES: "chromium", SOAK_SECONDS: String(minutes * 60) };
  const { code } = await run(process.execPath, ["--test-reporter=spec", join(root, "tests/e2e/soak.test.mjs")], { env, show: true });
  process.exitCode = code;
});
