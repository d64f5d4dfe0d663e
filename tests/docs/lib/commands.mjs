// The commands that the documents tell people to type: whether each exists.
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../../scripts/lib/paths.mjs";
import { quickStart } from "./documents.mjs";

const run = promisify(execFile);
const OF_NPM = ["install", "pack", "ci"];
/** Programs that a reader of the documents has installed by then, and that are run by `npx --no-install`. */
const INSTALLED = ["session-bridge", "vite"];

/** Words of one line of a shell, without the variables before them and the comment behind. */
function words(line) {
  const all = line.replace(/(^|\s)#.*$/, "").match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const at = all.findIndex((word) => !/^[A-Z0-9_]+=/.test(word));
  return at < 0 ? [] : all.slice(at).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

const exists = (path) => access(join(root, path)).then(() => true, () => false);

/** What is wrong with a line of a shell, or nothing. */
export async function wrongWith(line) {
  const [program, ...args] = words(line);
  if (program === undefined) return undefined;
  if (program === "npm") return npm(args);
  if (program === "npx") return npx(args);
  if (program === "node") return node(args);
  if (program === "cargo") return cargo(args);
  return `no test knows the program "${program}"`;
}

async function npm([command, ...args]) {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  if (OF_NPM.includes(command)) return undefined;
  const [name, ...rest] = command === "run" ? args : [command, ...args];
  if (!Object.hasOwn(scripts, name)) return `package.json has no script "${name}"`;
  return name === "test" ? stagesOf(rest) : undefined;
}

async function stagesOf([separator, ...names]) {
  if (separator === undefined) return undefined;
  if (separator !== "--") return 'what is for the script has to stand behind "--"';
  const { stages } = await import("../../../scripts/test/stages.mjs");
  const known = (await stages()).map(({ name }) => name);
  const wrong = names.find((name) => !name.startsWith("--") && !known.includes(name));
  return wrong && `npm test has no stage "${wrong}"`;
}

/** The name is not ours on the registry, so that `npx` must never fetch it. */
async function npx([flag, name, ...args]) {
  if (flag !== "--no-install") return 'npx has to be told "--no-install"';
  if (!INSTALLED.includes(name)) return `nothing installs "${name}"`;
  // A sentence may name the command alone.
  return name === "session-bridge" && args.length > 1 ? headers(args).then(() => undefined, (error) => error.stderr || String(error)) : undefined;
}

/** What `session-bridge` prints for these arguments, beside the README's list of grants. */
export async function headers(args) {
  const folder = await mkdtemp(join(tmpdir(), "session-bridge-docs-"));
  try {
    await writeFile(join(folder, "grants.json"), (await quickStart()).get("grants.json"));
    const { stdout } = await run(process.execPath, [join(root, "bin/session-bridge.js"), ...args], { cwd: folder });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function node(args) {
  const file = args.findLast((word) => /\.m?js$/.test(word));
  return file && (await exists(file)) ? undefined : `there is no ${file}`;
}

async function cargo(args) {
  const at = args.indexOf("--test");
  if (at < 0) return undefined;
  const name = args[at + 1];
  const found = (await exists(`tests/${name}.rs`)) || (await exists(`tests/${name}/main.rs`));
  return found ? undefined : `there is no test program "${name}"`;
}
