// Makes a machine with rustup, Node and npm ready, skipping what is there.
// `node scripts/setup.mjs [start|open|checks|test]` (default test). Imports no npm package: it is what installs them.
import { isMain, main, say, Stop } from "./lib/run.mjs";
import { setupChromium, setupEngines } from "./setup/browsers.mjs";
import { setupNode } from "./setup/node.mjs";
import { setupRust } from "./setup/rust.mjs";
import { setupWasmBindgen, setupWasmPack } from "./setup/wasm-tools.mjs";

const build = [() => setupRust(["rust-src"]), setupNode, setupWasmBindgen];
const checks = [() => setupRust(["clippy", "rustfmt"]), ...build];

/** What each purpose needs, quick steps first, so that what a person must do is said before anything long begins. */
const STEPS = {
  start: build,
  open: [() => setupChromium(), ...build],
  checks,
  test: [() => setupChromium({ driver: true }), () => setupEngines(), ...checks, setupWasmPack],
};

/** @param {keyof typeof STEPS} purpose */
export async function setup(purpose) {
  const steps = STEPS[purpose];
  if (steps === undefined) throw new Stop(`unknown purpose "${purpose}". Known: ${Object.keys(STEPS).join(", ")}`);
  for (const step of steps) await step();
}

if (isMain(import.meta)) {
  await main("set-up", async () => {
    const purpose = process.argv[2] ?? "test";
    await setup(purpose);
    say("set-up", `ready for ${purpose}`);
  });
}
