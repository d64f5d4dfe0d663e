// wasm-bindgen and wasm-pack, built from their published crates into the checkout's own .tools folder.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { root, tools } from "../lib/paths.mjs";
import { Stop, must, patiently, run, toolEnv, which } from "../lib/run.mjs";

const WASM_PACK_VERSION = "0.15.1";

/** wasm-bindgen's program must have the very version of the crate that Cargo.lock names. */
export async function setupWasmBindgen() {
  await install("wasm-bindgen", "wasm-bindgen-cli", await lockedVersion("wasm-bindgen"));
}

export async function setupWasmPack() {
  await install("wasm-pack", "wasm-pack", WASM_PACK_VERSION);
}

async function lockedVersion(crate) {
  const lock = await readFile(join(root, "Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
  if (version === undefined) throw new Stop(`Cargo.lock names no version of ${crate}.`);
  return version;
}

async function install(program, crate, version) {
  if (which(program)) {
    const { stdout } = await run(program, ["--version"]);
    if (stdout.trim().split(" ")[1] === version) return;
  }
  const build = join(tools, "build");
  const args = ["install", "--locked", "--force", "--root", tools, `${crate}@${version}`];
  // These tools run for seconds at a time: building them quickly matters more than their speed.
  const env = toolEnv({
    CARGO_TARGET_DIR: build,
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
    CARGO_PROFILE_RELEASE_LTO: "off",
    RUSTFLAGS: "",
  });
  const what = `building ${crate} ${version} into .tools (about 2 minutes on 2 cores)`;
  await patiently("set-up", what, () => must("cargo", args, { env }));
  await rm(build, { recursive: true, force: true });
}
