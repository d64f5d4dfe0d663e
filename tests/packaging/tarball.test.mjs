import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, posix } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { nodeBin, root } from "../../scripts/lib/paths.mjs";
import { installTarball } from "./pack.mjs";

/** What a user of TypeScript writes, and a mistake that the types must find. */
const CONSUMER = `
import { SessionManager, type Session } from "session-bridge";
import { assertConformance } from "session-bridge/conformance";
import { memoryProvider, startSessionService } from "session-bridge/service";

export const tried = assertConformance(() => memoryProvider());
const manager = new SessionManager<{ role: "author" }>({ serviceUrl: "https://accounts.example/service.html" });
const session: Session<{ role: "author" }> | undefined = manager.getSnapshot().sessions[0];
export const role: "author" | undefined = session?.data.role;
export const started = startSessionService({ grants: [{ origin: "https://shop.example", read: "*", write: true }] });
`;
const MISTAKE = `
import { SessionManager } from "session-bridge";
const manager = new SessionManager<{ role: "author" }>({ serviceUrl: "https://accounts.example/service.html" });
export const role: "reader" | undefined = manager.getSnapshot().sessions[0]?.data.role;
`;

/** Compiles a file of the user's project as strictly as it goes; answers what the compiler says, empty when content. */
async function compile(folder, name, text, resolution) {
  await writeFile(join(folder, name), text);
  const [module, moduleResolution] = resolution;
  const flags = [
    ...["--module", module, "--moduleResolution", moduleResolution, "--strict", "--noEmit"],
    ...["--skipLibCheck", "false", "--target", "es2022", "--lib", "es2022,dom", "--types", ""],
  ];
  try {
    await promisify(execFile)(join(nodeBin, "tsc"), [...flags, name], { cwd: folder });
    return "";
  } catch (error) {
    return error.stdout || String(error);
  }
}

/** The files that a Markdown text links to or shows, as it names them. */
function links(text) {
  const code = /^(`{3,})[^]*?^\1|`[^`\n]*`/gm;
  const targets = [/\]\(\s*<?([^\s)>]+)/g, /^\[[^\]]+\]:\s*(\S+)/gm, /\b(?:href|src)="([^"]+)"/g].flatMap((form) => [...text.replaceAll(code, "").matchAll(form)].map(([, target]) => target));
  return targets.filter((target) => !/^([a-z][\w+.-]*:|#|\/\/)/i.test(target)).map((target) => target.replace(/[#?].*/, ""));
}

test("links of a text are found, but for code, other sites and places in the same file", () => {
  const text = "[a](docs/a.md#b) ![c](c.png) <img src=\"d.png\"> [e](https://e.example) [f](#f) `[g](g.md)`\n\n[h]: h.md\n\n```js\n[i](i.md)\n```\n[[`j`](j.md)](k.md)";
  assert.deepEqual(links(text).sort(), ["c.png", "d.png", "docs/a.md", "h.md", "j.md", "k.md"]);
});

describe("the packed tarball", () => {
  let user;
  before(async () => (user = await installTarball()));
  after(() => user?.remove());

  test("holds what a user needs and nothing else", () => {
    const allowed = [
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE-[A-Z]+)$/,
      /^docs\/[a-z]+\.md$/,
      /^docs\/images\/benchmarks\.svg$/,
      /^js\/([\w-]+\.d\.ts|(headers|grants|check|error|quote|works)\.js)$/,
      /^js\/conformance\/[a-z]+\.js$/,
      /^bin\/(session-bridge|formats)\.js$/,
      /^dist\/((manager|service)(\.js(\.map)?|_bg-[0-9A-Z]{8}\.wasm|-inline\.js)|(diagnosis|dialog|log|prompt|providers|reader)-[0-9A-Z]{8}\.js(\.map)?)$/,
      /^dist\/((manager|service|headers|conformance)\.cjs|testing\.c?js)$/,
      /^dist\/(index|service|headers|conformance|testing)\.d\.cts$/,
      /^(inline|service|service\/inline|headers|conformance|testing)\/package\.json$/,
    ];
    assert.deepEqual(user.files.filter((path) => !allowed.some((pattern) => pattern.test(path))), []);
    for (const path of ["package.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]) assert.ok(user.files.includes(path), path);
  });

  test("has every file that its entry points name, and none is empty", async () => {
    const paths = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry).flatMap(paths));
    const { main, module, types, typesVersions, exports } = user.manifest;
    const named = [main, module, types, ...paths(exports), ...Object.values(typesVersions["*"]).flat()];
    assert.ok(named.length >= 20);
    const entries = Object.keys(exports).filter((path) => typeof exports[path] === "object" && path !== ".").map((path) => path.slice("./".length));
    assert.deepEqual(Object.keys(typesVersions["*"]).sort(), entries.sort(), "each entry has types where `exports` is not read");
    for (const path of named) assert.ok((await stat(join(user.installed, path))).size > 0, path);
  });

  test("has no link to a file that is not in it", async () => {
    const documents = user.files.filter((path) => path.endsWith(".md"));
    assert.ok(documents.includes("README.md"));
    const broken = [];
    for (const path of documents) {
      const text = await readFile(join(user.installed, path), "utf8");
      for (const link of links(text)) if (!user.files.includes(posix.join(posix.dirname(path), link))) broken.push(`${path}: ${link}`);
    }
    assert.deepEqual(broken, []);
  });

  test("prints the headers of the service page by its command", async () => {
    const file = join(user.folder, "grants.json");
    await writeFile(file, JSON.stringify([{ origin: "https://shop.example", read: "*" }]));
    const { stdout } = await promisify(execFile)("npx", ["--no-install", "session-bridge", "headers", file], { cwd: user.folder });
    assert.match(stdout, /^Content-Security-Policy: frame-ancestors https:\/\/shop\.example\n/);
  });

  test("is imported and required in Node, where a manager does nothing", async () => {
    const entries = Object.entries(user.manifest.exports).filter(([, entry]) => typeof entry === "object").map(([path]) => `session-bridge${path.slice(1)}`);
    assert.ok(entries.length >= 6);
    const use = `new (its[0].SessionManager)({ serviceUrl: "https://accounts.example/service.html" });
      console.log(JSON.stringify(its.map((one) => Object.keys(one).filter((name) => !["default", "module.exports"].includes(name)).sort())));`;
    const run = async (type, load) => {
      const { stdout } = await promisify(execFile)(process.execPath, [`--input-type=${type}`, "--eval", `${load}\n${use}`], { cwd: user.folder });
      return JSON.parse(stdout);
    };
    const names = JSON.stringify(entries);
    const imported = await run("module", `const its = await Promise.all(${names}.map((name) => import(name)));`);
    const required = await run("commonjs", `const its = ${names}.map((name) => require(name));`);
    assert.deepEqual(imported, required);
    assert.deepEqual(imported[0], ["SessionError", "SessionManager"]);
  });

  test("needs no other package", () => {
    assert.deepEqual(user.manifest.dependencies ?? {}, {});
    assert.deepEqual(user.manifest.peerDependencies ?? {}, {});
  });

  for (const resolution of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
    test(`has types that a strict project understands (${resolution[1]})`, async () => {
      assert.equal(await compile(user.folder, "consumer.ts", CONSUMER, resolution), "");
      assert.match(await compile(user.folder, "mistake.ts", MISTAKE, resolution), /error TS2322/);
    });
  }

  test("tells nothing of the machine that built it", async () => {
    const secrets = [root, homedir()].filter((path) => path.length > 1);
    for (const path of user.files) {
      const text = await readFile(join(user.installed, path), "latin1");
      for (const secret of secrets) assert.ok(!text.includes(`${secret}/`), `${path} names ${secret}`);
    }
  });
});
