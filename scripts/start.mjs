// `npm start`: sets up, builds, serves the demo and prints what to open.
// With `--open` it also launches Chromium with a temporary profile in which the sites can share.
import { performance } from "node:perf_hooks";
import { duration, main, say } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

await main("start", async () => {
  const began = performance.now();
  const open = process.argv.includes("--open");
  await setup(open ? "open" : "start");
  // Loaded only now: they need the npm packages that the set-up installs.
  const { build } = await import("./build.mjs");
  await build();
  const { serve } = await import("./serve.mjs");
  const { origins, close } = await serve();
  say("start", `serving after ${duration(performance.now() - began)}`);
  process.stdout.write(whatToOpen(origins));
  const browser = open ? await launch(origins) : null;
  await Promise.race([interrupted(), ...(browser ? [browser.closed] : [])]);
  await browser?.close();
  await close();
});

function whatToOpen({ owner, sibling, siteA, siteB }) {
  return `
  The owner's page    ${owner}/
  Its sibling         ${sibling}/   (same site, another port)
  One site            ${siteA}/
  Another site        ${siteB}/

Open them side by side. A session added on one shows on all of them where the browser lets sites share;
each page says whether it does. \`npm start -- --open\` launches a Chromium that does. Ctrl-C ends.

`;
}

async function launch({ owner, siteA, siteB }) {
  const { openChromium } = await import("./start/chromium.mjs");
  return openChromium([owner, siteA, siteB]);
}

function interrupted() {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}
