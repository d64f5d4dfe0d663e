// The Rust toolchain in use: new enough, and with the parts that the builds and checks need.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Stop, must, say, which } from "../lib/run.mjs";
import { atLeast } from "../lib/version.mjs";

const TARGET = "wasm32-unknown-unknown";

/**
 * Makes the toolchain ready.
 *
 * @param {string[]} components rustup components beyond rustc and cargo, such as "clippy"
 */
export async function setupRust(components) {
  if (!which("cargo")) {
    throw new Stop("Rust is missing. Install it with rustup (https://rustup.rs), open a new shell and try again.");
  }
  await checkVersion();
  if (which("rustup")) {
    await addParts(components);
  } else {
    await checkWithoutRustup();
  }
}

async function checkVersion() {
  const least = await leastRust();
  const version = await rustVersion();
  if (!atLeast(version, least)) {
    throw new Stop(`session-bridge needs Rust ${least} or newer, and this is ${version}. Run: rustup update stable`);
  }
}

/** The version in use, such as "1.95.0". */
export async function rustVersion() {
  return /\d+\.\d+\.\d+/.exec(await must("rustc", ["--version"]))?.[0] ?? "0";
}

/** The least version that serves, stated once, in Cargo.toml. It is also the one that everything was tried with. */
export async function leastRust() {
  const manifest = await readFile(join(root, "Cargo.toml"), "utf8");
  const least = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)?.[1];
  if (least === undefined) throw new Stop("Cargo.toml has no rust-version.");
  return least;
}

async function addParts(components) {
  const installed = (await must("rustup", ["component", "list", "--installed"])).split("\n");
  const has = (name) => installed.some((line) => line === name || line.startsWith(`${name}-`));
  if (!has(`rust-std-${TARGET}`)) {
    say("set-up", `adding the Rust target ${TARGET}`);
    await must("rustup", ["target", "add", TARGET]);
  }
  const missing = components.filter((name) => !has(name));
  if (missing.length > 0) {
    say("set-up", `adding ${missing.join(", ")} to the Rust toolchain`);
    await must("rustup", ["component", "add", ...missing]);
  }
}

/** A distribution's toolchain has its parts as packages of its own. */
async function checkWithoutRustup() {
  const sysroot = (await must("rustc", ["--print", "sysroot"])).trim();
  const parts = { [`rust-std-${TARGET}`]: `lib/rustlib/${TARGET}/lib`, "rust-src": "lib/rustlib/src/rust/library" };
  const missing = Object.keys(parts).filter((name) => !existsSync(join(sysroot, parts[name])));
  if (missing.length > 0) {
    throw new Stop(
      `This Rust lacks ${missing.join(" and ")}, and there is no rustup to add it. ` +
        "Install Rust with rustup (https://rustup.rs), or your system's packages for that.",
    );
  }
}
