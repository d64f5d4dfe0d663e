// Serves what a tool built, or has the tool serve it, on one port: `localhost` is the owner's site, `b.localhost` another.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { sendFile } from "../../scripts/serve/files.mjs";
import { serveOrigin } from "../../scripts/serve/origin.mjs";
import { Stop, must, toolEnv } from "../../scripts/lib/run.mjs";
import { until } from "../e2e/harness/until.mjs";

/** Neither asks nor tells anybody. */
const QUIET = { NEXT_TELEMETRY_DISABLED: "1", PARCEL_WORKERS: "1", CI: "1", NO_COLOR: "1", BROWSERSLIST_IGNORE_OLD_DATA: "1" };

/** @typedef {{ port: number, close: () => Promise<unknown> }} Served */

const bin = (project, name) => join(project, "node_modules", ".bin", name);

/** Runs one of the project's commands to its end. */
export function command(project, name, args) {
  return must(bin(project, name), args, { cwd: project, env: toolEnv(QUIET) });
}

/** @returns {Promise<Served>} */
export async function serveFolder(folder) {
  const { origin, stop } = await serveOrigin({ host: "localhost", port: 0, answer: (request, response, path) => sendFile(request, response, path, { "": folder }) });
  return { port: Number(new URL(origin).port), close: stop };
}

/**
 * Starts one of the project's commands as a server, and waits until it answers.
 *
 * @param {(port: number) => string[]} args
 * @param {string} path that it answers when it is ready
 * @returns {Promise<Served>}
 */
export async function serveBy(project, name, args, path = "/index.html") {
  const port = await freePort();
  const child = spawn(bin(project, name), args(port), { cwd: project, env: toolEnv(QUIET), stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = once(child, "exit");
  const close = async () => {
    // A tool has processes of its own; they are one group.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  const answers = async () => {
    if (child.exitCode !== null) throw new Stop(`${name} ended with ${child.exitCode}`);
    return (await fetch(`http://localhost:${port}${path}`)).ok;
  };
  try {
    await until(answers, `${name} to answer`, { ms: 120_000, every: 200, describe: () => output.slice(-2_000) });
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}

async function freePort() {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
