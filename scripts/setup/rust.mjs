// The Rust toolchain in use: new enough, and with the parts that the builds and checks need.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Stop, must, run, say, which } from "../lib/run.mjs";
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

/** The least version is stated once, as `rust-version` in Cargo.toml. */
async function checkVersion() {
  const manifest = await readFile(join(root, "Cargo.toml"), "utf8");
  const least = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)?.[1];
  const version = (await must("rustc", ["--version"])).trim();
  if (!atLeast(/\d+\.\d+\.\d+/.exec(version)?.[0] ?? "0", least)) {
    throw new Stop(`session-bridge needs Rust ${least} or newer, and this is ${version}. Run: rustup update stable`);
  }
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

/** A toolchain of a distribution has its targets as packages of its own. */
async function checkWithoutRustup() {
  const { stdout } = await run("rustc", ["--print", "target-libdir", "--target", TARGET]);
  const { code } = await run("ls", [stdout.trim()]);
  if (code !== 0) {
    throw new Stop(
      `This Rust has no standard library for ${TARGET} and there is no rustup to add it. ` +
        "Install Rust with rustup (https://rustup.rs), or your system's package for that target.",
    );
  }
}
