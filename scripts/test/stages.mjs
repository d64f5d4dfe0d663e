// The stages of `npm test`. Each resolves with how many tests passed and failed; a check counts as one test.
import { join } from "node:path";
import { findChromedriver } from "../lib/browser.mjs";
import { root } from "../lib/paths.mjs";
import { Stop, run, say, toolEnv } from "../lib/run.mjs";
import { runAgain } from "./again.mjs";
import { countCargo, countTap, skipsInTap } from "./count.mjs";
import { TESTED, simulate } from "../sim/simulate.mjs";
import { nodeTests, rustTests, typeTests } from "./discover.mjs";
import { hostile } from "./hostile/check.mjs";
import { packed } from "./packed.mjs";
import { allResults, resultsFile, testsInCargo } from "./results.mjs";

const WASM = ["--target", "wasm32-unknown-unknown"];
const BOTH = ["--features", "manager,service"];
const DENY = ["--", "--deny", "warnings"];

/** @typedef {{ name: string, title: string, browser?: boolean, lane?: string, quick?: true | (() => Promise<Result>), run: () => Promise<Result> }} Stage
 *   `lane`: see `lanes.mjs`; `quick`: it is part of `npm test -- --quick`, as it is or as this function runs it */
/** @typedef {{ passed: number, failed: number, waiting?: number, skipped?: number, skips?: string[], failures?: string[], tests?: import("./results.mjs").Told[] }} Result
 *   `skips` names what was skipped, and why; `failures` what failed that is none of the tests; `tests` are to be kept, unless the stage has kept them itself */

/**
 * All stages, in the order in which they run: quick and telling ones first. Browser tests also wait, so what
 * only computes runs gently beside them.
 *
 * @returns {Promise<Stage[]>}
 */
export async function stages() {
  const folders = await nodeTests();
  const { packaging, e2e = [], ...others } = folders;
  const inNode = (name, title, more) => ({ name, title, lane: "pages", ...more, run: () => nodeFolder(name, folders[name] ?? []) });
  const [measured, rest] = [true, false].map((one) => e2e.filter((file) => MEASURING.test(file) === one));
  return [
    { name: "format", title: "Rust is formatted", quick: true, run: format },
    { name: "build", lane: "wasm", title: "Both builds, each within its size budget", quick: true, run: builds },
    { name: "layers", lane: "host", title: "The layers keep to themselves", quick: true, run: () => cargoTest(["--test", "layers"]) },
    { name: "host", lane: "host", title: "Rust tests on the host", quick: true, run: host },
    { name: "types", title: "TypeScript declarations", quick: true, run: types },
    inNode("scripts", "Node tests in tests/scripts", { quick: true }),
    // Before the rest: what it compiles would have to wait for what the simulation compiles.
    { name: "web", lane: "pages", title: "Rust tests in headless Chromium (wasm-pack)", browser: true, run: web },
    ...Object.keys(others)
      .filter((name) => name !== "scripts")
      .sort()
      .map((name) => inNode(name, `Node tests in tests/${name}`, { browser: true })),
    inNode("packaging", "The packed tarball, in Chromium", { browser: true }),
    { name: "e2e", lane: "pages", title: "Sites across origins, in Chromium, Firefox and WebKit", browser: true, run: () => node("e2e", rest) },
    { name: "clippy", lane: "gentle", title: "Clippy, on the host, for both builds and for the guided fuzzing", quick: true, run: clippy },
    { name: "sim", lane: "gentle", title: "The simulation: two minutes of seeds, and every planted bug found", quick: quickSim, run: sim },
    { name: "measured", title: "Those that measure times or take the whole machine, with nothing beside them", browser: true, run: () => node("e2e.measured", measured, { atOnce: 1 }) },
    { name: "hostile", title: "Each number of docs/hostile.md has tests that passed", run: async () => hostile(await allResults()) },
  ];
}

/** What the same compilation on the host serves. */
const ON_HOST = new Set(["layers", "host", "sim"]);

/**
 * The stages of `npm test -- --quick`: without a browser, and with a few seconds of the simulation. They are two lanes, of which
 * neither waits for the other.
 *
 * @param {Stage[]} all
 */
export function quickly(all) {
  const short = (stage) => ({ ...stage, lane: ON_HOST.has(stage.name) ? "host" : "wasm", run: stage.quick === true ? stage.run : stage.quick });
  return all.filter(({ quick }) => quick).map(short);
}

/** Runs programs of which each is one check. */
async function checks(commands, { gently = false } = {}) {
  const count = { passed: 0, failed: 0 };
  for (const [command, ...args] of commands) {
    const { code } = await run(command, args, { show: true, gently });
    if (code === 0) count.passed++;
    else count.failed++;
  }
  return count;
}

/** The package of the guided fuzzing is another one, so it has to be named each time. */
const FUZZ = ["--manifest-path", "fuzz/Cargo.toml"];

function format() {
  return checks([
    ["cargo", "fmt", "--check"],
    ["cargo", "fmt", "--check", ...FUZZ],
  ]);
}

async function clippy() {
  const { web } = await rustTests();
  const inBrowser = web.flatMap((name) => ["--test", name]);
  // In a folder of its own: beside other compilations, one would wait for the other.
  const cargo = (...args) => ["cargo", "clippy", "--locked", "--target-dir", "target/clippy", ...args, ...DENY];
  const commands = [
    cargo("--all-targets"),
    cargo(...WASM, "--lib", "--features", "manager"),
    cargo(...WASM, "--lib", "--features", "service"),
    cargo(...WASM, "--lib", ...inBrowser, ...BOTH),
    cargo(...FUZZ, "--all-targets"),
  ];
  return checks(commands, { gently: true });
}

async function cargoTest(args, command = ["cargo", "test", "--locked"]) {
  return counted(await run(command[0], [...command.slice(1), ...args], { show: true }));
}

export function counted({ code, output }) {
  const count = countCargo(output);
  // It may fail without a failed test: it does not compile, or a test took the process down.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return { ...count, tests: testsInCargo(output) };
}

function together(...counts) {
  const sum = (field) => counts.reduce((total, count) => total + (count[field] ?? 0), 0);
  return { passed: sum("passed"), failed: sum("failed"), waiting: sum("waiting"), skipped: sum("skipped"), tests: counts.flatMap(({ tests = [] }) => tests) };
}

async function host() {
  const names = (await rustTests()).host.filter((name) => !["layers", "sim", "small"].includes(name));
  const chosen = ["--lib", ...names.flatMap((name) => ["--test", name])];
  const count = await cargoTest([...chosen, "--", "--show-output"]);
  // Sessions with one field more: what travels and what is kept is as it was recorded without it.
  const further = await cargoTest(["--features", "further", "--test", "wire"]);
  const examples = await cargoTest(["--doc"]);
  return together(count, further, examples);
}

async function sim() {
  const count = counted(await simulate({ asked: { SIM_SEEDS: TESTED.seeds, SIM_SECONDS: TESTED.seconds }, small: true, gently: true }));
  // The same simulation over machines that break a rule: each breach has to be noticed.
  const planted = counted(await simulate({ features: ["planted"], filter: ["planted"], small: true, gently: true }));
  return together(count, planted);
}

/** Enough seeds for a rule that breaks often. */
async function quickSim() {
  return counted(await simulate({ asked: { SIM_SEEDS: 200, SIM_SECONDS: 10 }, filter: ["every_history_ends_well"] }));
}

async function builds() {
  const { build } = await import("../build.mjs");
  try {
    return { passed: (await build()).length, failed: 0 };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say("build", error.message);
    return { passed: 0, failed: 1 };
  }
}

async function types() {
  const count = await checks([["tsc", "--project", "tests/types"]]);
  // A type test has no run time: each file that compiles is one that passed.
  const files = (await typeTests()).length;
  return { passed: count.passed + (count.failed ? 0 : files), failed: count.failed };
}

async function web() {
  const { web } = await rustTests();
  if (web.length === 0) return { passed: 0, failed: 0 };
  const wasmPack = ["wasm-pack", "test", "--headless", "--chrome", "--mode", "no-install", "--chromedriver", findChromedriver()];
  return cargoTest(["--locked", ...BOTH, ...web.flatMap((name) => ["--test", name])], wasmPack);
}

/** Files that measure how long something takes, or that take all of the machine. */
const MEASURING = /(recovery|soak)\.test\.mjs$/;

/** Folders whose tests install the package. It is packed once for all of their files. */
const INSTALLING = new Set(["docs", "packaging"]);

async function nodeFolder(name, files) {
  return node(name, files, { env: INSTALLING.has(name) ? await packed() : {} });
}

/**
 * Runs files of Node tests, three at a time where nothing else is said: so many keep two cores busy.
 *
 * @param {string} stage its name; where another stage runs more files of the same folder, a dot and a name of the part
 */
export async function node(stage, files, { env = {}, atOnce = 3 } = {}) {
  if (files.length === 0) return { passed: 0, failed: 0 };
  const runFiles = async (files, { names = [], results }) => {
    const reporters = [
      ...[`--test-reporter=${join(root, "scripts/test/reporter.mjs")}`, `--test-reporter-destination=${results}`],
      ...["--test-reporter=spec", "--test-reporter-destination=stderr"],
      ...["--test-reporter=tap", "--test-reporter-destination=stdout"],
    ];
    const only = names.map((name) => `--test-name-pattern=^${name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`);
    const args = ["--test", `--test-concurrency=${atOnce}`, ...only, ...reporters, ...files];
    return run(process.execPath, args, { show: "stderr", env: toolEnv(env) });
  };
  const { code, stdout } = await runFiles(files, { results: await resultsFile(stage) });
  const count = { ...countTap(stdout), skips: skipsInTap(stdout) };
  if (code !== 0 && count.failed === 0) count.failed = 1;
  const { passed } = await runAgain(stage, runFiles);
  return { ...count, passed: count.passed + passed, failed: count.failed - passed };
}
