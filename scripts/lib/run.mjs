// Running other programs, and stopping with a message that says what to do.
import { spawn } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import os from "node:os";
import { delimiter, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { nodeBin, root, toolsBin } from "./paths.mjs";

/** A failure that needs no stack trace: its message tells the reader what to do. */
export class Stop extends Error {}

/** Progress goes to stderr, so that a command's own output stays clean for whoever reads it. */
export function say(stage, text) {
  process.stderr.write(`${stage}: ${text}\n`);
}

/** The environment in which the checkout's own tools come first. */
export function toolEnv(extra = {}) {
  return {
    ...process.env,
    PATH: [toolsBin, nodeBin, process.env.PATH].join(delimiter),
    ...extra,
  };
}

/** The full path of a program on PATH (the checkout's own tools first), or null. */
export function which(name) {
  for (const folder of toolEnv().PATH.split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && isExecutable(path)) return path;
  }
  return null;
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end and resolves with `{ code, stdout, output }`.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean | "stderr", gently?: boolean }} options
 *   `show` passes both of its streams, or only the one named, on to stderr while it runs (default false); `gently`: it and
 *   what it starts get only the time that no other process asks for (default false)
 */
export function run(command, args, { cwd = root, env = toolEnv(), show = false, gently = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    if (gently && child.pid !== undefined) os.setPriority(child.pid, os.constants.priority.PRIORITY_LOW);
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
      if (show === true) process.stderr.write(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (show) process.stderr.write(text);
    });
    child.on("error", (error) => {
      reject(error.code === "ENOENT" ? new Stop(`${command} was not found on PATH`) : error);
    });
    child.on("close", (code, signal) => resolve({ code: code ?? `signal ${signal}`, stdout, output }));
  });
}

/** Like `run`, but stops with the program's output when it fails. Resolves with its stdout. */
export async function must(command, args, options = {}) {
  const { code, stdout, output } = await run(command, args, options);
  if (code === 0) return stdout;
  const told = options.show ? "" : `\n${output.trimEnd()}`;
  throw new Stop(`${command} ${args.join(" ")} ended with ${code}${told}`);
}

/** Runs a script's main function; a `Stop` is printed as one message, anything else with its stack. */
export async function main(stage, work) {
  try {
    await work();
  } catch (error) {
    say(stage, error instanceof Stop ? `stopped. ${error.message}` : error.stack);
    process.exitCode = 1;
  }
}

/** Says what is being done, and every half minute that it still is. Resolves with what `work` does. */
export async function patiently(stage, what, work) {
  say(stage, `${what}…`);
  const began = performance.now();
  const timer = setInterval(() => say(stage, `  still at it after ${duration(performance.now() - began)}`), 30_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Whether this module is what node was started with. */
export function isMain(meta) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(meta.url);
}

/** "8.1 s" or "2 min 5 s" */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
