// The package under test runners, compilers and checkers of packages, from the packed tarball.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chosen, chosenSet } from "./matrix.mjs";
import { installTarball } from "./pack.mjs";
import { prepare } from "./project.mjs";
import { command } from "./serving.mjs";

/** Runners that have a document of their own, in which a page's code is tested. */
const RUNNERS = [
  { title: "Jest 30, jsdom, CommonJS", folder: "jest-30", sources: "jest", set: "newest", args: ["jest"] },
  { title: "Jest 29, jsdom, CommonJS", folder: "jest-29", sources: "jest", set: "oldest", args: ["jest"] },
  { title: "Vitest, jsdom", folder: "vitest-4", set: "newest", args: ["vitest", "run", "--environment", "jsdom"] },
  { title: "Vitest, happy-dom", folder: "vitest-4", set: "newest", args: ["vitest", "run", "--environment", "happy-dom"] },
];

const USER = `
import { SessionManager, type Session } from "session-bridge";
import { SessionError } from "session-bridge/inline";
import { startSessionService, type OriginGrant } from "session-bridge/service";
import { memoryProvider } from "session-bridge/service/inline";
import { serviceHeaders } from "session-bridge/headers";
import { assertConformance } from "session-bridge/conformance";
import { createTestBridge } from "session-bridge/testing";
import grants = require("./grants.json");

const sessions = new SessionManager<{ role: "author" }>({ serviceUrl: "https://accounts.example/service.html" });
export const session: Session<{ role: "author" }> | undefined = sessions.getSnapshot().sessions[0];
export const list: readonly OriginGrant[] = grants;
export const started = startSessionService({ grants });
export const headers: readonly (readonly [string, string])[] = serviceHeaders({ grants });
export const tried = assertConformance(() => memoryProvider());
export const bridge = createTestBridge({ grants });
export const code = (error: unknown) => (error instanceof SessionError ? error.code : undefined);
`;
const MISTAKE = `
import { SessionManager } from "session-bridge";
export const live: boolean = new SessionManager({ serviceUrl: "/service.html" }).getSnapshot().status;
`;
const GRANTS = [{ origin: "https://shop.example", read: "*", write: true }, { origin: "https://partner.example", read: ["name"] }];

/** The ways in which TypeScript finds a package: options, the ending of the user's file, and whether that is CommonJS. */
const RESOLUTIONS = [
  ["node10", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "5.0" }, "ts", true],
  ["node16, from CommonJS", { module: "node16" }, "cts", true],
  ["node16, from an ES module", { module: "node16" }, "mts", false],
  ["nodenext, from CommonJS", { module: "nodenext" }, "cts", true],
  ["nodenext, from an ES module", { module: "nodenext" }, "mts", false],
  ["bundler", { module: "esnext", moduleResolution: "bundler" }, "ts", false],
];

describe("the package arrives in", () => {
  let user;
  before(async () => (user = await installTarball()));
  after(() => user?.remove());

  for (const { title, folder, sources, args: [name, ...args] } of chosen(RUNNERS)) {
    test(title, async () => {
      await command(await prepare({ folder, sources }, user), name, args);
    });
  }

  describe("TypeScript 5", { skip: chosenSet() === "oldest" && "it is of the newest tools" }, () => {
    let project;
    before(async () => {
      project = await prepare({ folder: "typescript-5" }, user);
      await writeFile(join(project, "grants.json"), JSON.stringify(GRANTS));
    });
    for (const [title, options, ending, common] of RESOLUTIONS) {
      test(title, async () => {
        const grants = options.module === "nodenext" ? 'import grants from "./grants.json" with { type: "json" }' : 'import grants from "./grants.json"';
        const files = [`user.${ending}`, `mistake.${ending}`];
        await writeFile(join(project, files[0]), common ? USER : USER.replace('import grants = require("./grants.json")', grants));
        await writeFile(join(project, files[1]), MISTAKE);
        const compilerOptions = { ...options, strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, esModuleInterop: true, resolveJsonModule: true, target: "es2022", lib: ["es2022", "dom"], types: [] };
        await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
        const told = await command(project, "tsc", ["--project", ".", "--pretty", "false"]).catch((error) => error.message);
        // Types are there, and are not `any`.
        assert.deepEqual([...told.matchAll(/^(\S+?)\(.*error (TS\d+)/gm)].map(([, file, code]) => [file, code]), [[files[1], "TS2322"]], told);
      });
    }
  });

  describe("checkers of packages", { skip: chosenSet() === "oldest" && "they are of the newest tools" }, () => {
    let project;
    before(async () => (project = await prepare({ folder: "checkers" }, user)));
    test("publint", () => command(project, "publint", ["run", "--strict", user.tarball]));
    test("attw", () => command(project, "attw", [user.tarball, "--no-emoji", "--exclude-entrypoints", "manager_bg.wasm", "service_bg.wasm"]));
  });
});
