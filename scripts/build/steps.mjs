// The steps from Rust sources to a module and the JavaScript that calls it.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Stop, must, patiently, toolEnv } from "../lib/run.mjs";
import { leastRust, rustVersion } from "../setup/rust.mjs";
import { guard, shorten } from "./names.mjs";

const TARGET = "wasm32-unknown-unknown";
// Apart from cargo's ordinary folder: a build of std and other flags would throw out what is built there.
const TARGET_DIR = join(root, "target", "release-wasm");

// The standard library is built along, for size, and a panic ends in a bare trap: formatting its message would cost
// every visitor 6 to 8 KB. These options are not stable yet, so the stable compiler is told to accept them.
const STD_FOR_SIZE = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
// A quarter of the usual stack: what lies above it has addresses that take a byte less. Nothing recurses deeper than JSON nests, which is
// 64 at most.
const RUSTFLAGS = "-Zunstable-options -Cpanic=immediate-abort -Clink-arg=-zstack-size=262144";
const COMPILER_ENV = { RUSTC_BOOTSTRAP: "1", RUSTFLAGS };

// What every browser of the last years runs and the compiler emits; wasm-opt refuses a module that uses more.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((name) => `--enable-${name}`);
// It renames and prints which name became which.
const SHORT_NAMES = "--minify-imports-and-exports-and-modules";
// Flat code in plain loops, and a second round over it, come to fewer bytes than one round. Nothing of a Rust program lies in
// the first KiB: there the stack ends, which grows down. A large function that is moved into its one caller makes more bytes of both.
const SIZE = ["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz", "--low-memory-unused", "--one-caller-inline-max-function-size=50"];
const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** Compiles the crate with a build's features; resolves with the path of the wasm file. */
export async function compile(build) {
  // As a cdylib alone: compiled as an rlib too, it keeps all that a Rust user could call, which is 5 KB more.
  const form = ["rustc", "--release", "--locked", "--lib", "--crate-type", "cdylib"];
  const args = [...form, "--target", TARGET, "--features", build.features.join(","), ...STD_FOR_SIZE];
  const env = toolEnv({ ...COMPILER_ENV, CARGO_TARGET_DIR: TARGET_DIR });
  const what = `${build.name}: compiling Rust for the browser (a minute the first time)`;
  await patiently("build", what, () => must("cargo", args, { env })).catch(async (error) => {
    throw await withAdvice(error);
  });
  return join(TARGET_DIR, TARGET, "release", "session_bridge.wasm");
}

/** A compiler newer than what was tried may have changed its unstable options. */
async function withAdvice(error) {
  const [version, tried] = [await rustVersion(), await leastRust()];
  if (!(error instanceof Stop) || version.startsWith(tried)) return error;
  return new Stop(
    `${error.message}\n\nThis is Rust ${version}; the build was tried with ${tried}. If the failure is not in the project's own ` +
      `code, run: rustup toolchain install ${tried} && export RUSTUP_TOOLCHAIN=${tried}, then try again.`,
  );
}

/** Generates the JavaScript that loads and calls the module, into the build's folder. */
export async function bind(build, compiled) {
  await rm(build.outDir, { recursive: true, force: true });
  await mkdir(build.outDir, { recursive: true });
  await must("wasm-bindgen", ["--target", "web", "--out-dir", build.outDir, "--out-name", build.name, compiled]);
}

/** Shrinks the module, and has the generated script call it by its short names. */
export async function shrink(build) {
  const { module } = build;
  const names = await must("wasm-opt", [...SIZE, ...FEATURES, ...STRIP, SHORT_NAMES, module, "-o", module]);
  const script = join(build.outDir, `${build.name}.js`);
  await writeFile(script, guard(shorten(await readFile(script, "utf8"), JSON.parse(names))));
}
