// The stages of `npm run verify`. Each is a longer form of something that `npm test` does.
import { join } from "node:path";
import { build } from "../build.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { simulate } from "../sim/simulate.mjs";
import { nodeTests } from "../test/discover.mjs";
import { packed } from "../test/packed.mjs";
import { counted, node, stages } from "../test/stages.mjs";
import { besideABusyCore } from "./busy.mjs";

const SIM_SECONDS = 1_800;
const FUZZ_INPUTS = 10_000_000;
const SOAK_SECONDS = 600;
/** So often does each browser stage have to pass in a row. */
const ROUNDS = 3;

/** @returns {Promise<import("../test/stages.mjs").Stage[]>} */
export async function longStages() {
  return [
    { name: "sim", title: `The simulation for ${SIM_SECONDS / 60} minutes`, run: sim },
    { name: "fuzz", title: `${FUZZ_INPUTS.toLocaleString("en")} inputs into each decoder and machine`, run: fuzz },
    { name: "soak", title: `Four tabs that write for ${SOAK_SECONDS / 60} minutes while something fails every few seconds`, run: soak },
    { name: "old-tools", title: "The packed tarball in the oldest supported versions of each tool", run: oldTools },
    { name: "busy", title: `Each browser stage of \`npm test\`, ${ROUNDS} times in a row beside a busy core`, run: busy },
  ];
}

async function sim() {
  return counted(await simulate({ asked: { SIM_SEEDS: 1, SIM_SECONDS }, filter: ["every_history_ends_well"] }));
}

async function fuzz() {
  const args = [join(root, "scripts/fuzz.mjs"), "--inputs", String(FUZZ_INPUTS)];
  return counted(await run(process.execPath, args, { show: true }));
}

async function soak() {
  await build();
  return node("soak", [join(root, "tests/e2e/soak.test.mjs")], { env: { E2E_ENGINES: "chromium", SOAK_SECONDS: String(SOAK_SECONDS) } });
}

async function oldTools() {
  const files = (await nodeTests()).packaging.filter((file) => /(tools|runners)\.test\.mjs$/.test(file));
  return node("old-tools", files, { env: { ...(await packed()), PACKAGING_TOOLS: "oldest" } });
}

async function busy() {
  const inBrowsers = (await stages()).filter((stage) => stage.browser);
  const sum = { passed: 0, failed: 0, skipped: 0, skips: [] };
  await build();
  await besideABusyCore(async () => {
    for (let round = 0; round < ROUNDS && sum.failed === 0; round++) {
      for (const stage of inBrowsers) {
        const { passed, failed, skipped = 0, skips = [] } = await stage.run();
        sum.passed += passed;
        sum.failed += failed + Number(passed + failed === 0);
        sum.skipped += skipped;
        sum.skips = skips.concat(sum.skips.filter((skip) => !skips.includes(skip)));
        if (sum.failed > 0) break;
      }
    }
  });
  return sum;
}
