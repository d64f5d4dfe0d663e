// The quick start of the README as its reader has it: the packed package installed, and the files as they stand there.
import { spawn } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { root } from "../../../scripts/lib/paths.mjs";
import { sendFile } from "../../../scripts/serve/files.mjs";
import { serveOrigin } from "../../../scripts/serve/origin.mjs";
import { until } from "../../e2e/harness/until.mjs";
import { installTarball } from "../../packaging/pack.mjs";
import { quickStart } from "./documents.mjs";

/** The port that the README names. It may be in use here, so that a free one takes its place in every file. */
const PORT = "5173";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A project with the files of the quick start. @param {(path: string, text: string) => string} alter */
export async function project(alter = (_, text) => text) {
  const user = await installTarball();
  const port = await freePort();
  for (const [path, text] of await quickStart()) {
    await mkdir(dirname(join(user.folder, path)), { recursive: true });
    await writeFile(join(user.folder, path), alter(path, text).replaceAll(PORT, String(port)));
  }
  await symlink(join(root, "node_modules", "vite"), join(user.folder, "node_modules", "vite"));
  return { ...user, port, owner: `http://localhost:${port}/`, other: `http://127.0.0.1:${port}/` };
}

/** Runs Vite there, as `npx --no-install vite` does. Resolves when it has ended. */
function vite({ folder }, ...args) {
  const child = spawn(process.execPath, [join(folder, "node_modules/vite/bin/vite.js"), ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => child.once("close", resolve));
  return { ended, said: () => said, stop: () => (child.kill(), ended) };
}

/** Serves it while it is being worked on. Answers the function that ends that. */
export async function develop(project) {
  const server = vite(project);
  await until(() => fetch(project.other).then(({ ok }) => ok), "Vite's server", { ms: 60_000, describe: server.said });
  return server.stop;
}

/** Builds it and serves what was built. */
export async function built(project) {
  const build = vite(project, "build");
  if ((await build.ended) !== 0) throw new Error(build.said());
  return serveFolder(project, join(project.folder, "dist"));
}

/** Serves it as it lies there. */
export async function serveFolder({ folder, port, installed }, from = folder) {
  const mounts = { "": from, "/session-bridge": installed };
  const server = await serveOrigin({ host: "localhost", port, answer: (request, response, path) => sendFile(request, response, path.replace(/^\/$/, "/index.html"), mounts) });
  return server.stop;
}
