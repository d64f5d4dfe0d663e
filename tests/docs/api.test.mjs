// The reference is the one that the types give now, and the README's tables leave nothing out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../scripts/docs/declarations.mjs";
import { reference } from "../../scripts/docs/reference.mjs";
import { textOf } from "./lib/documents.mjs";
import { codeSpans } from "./lib/markdown.mjs";

const membersOf = async (file, name) => (await read(file)).declarations.find((one) => one.name === name).members.map((member) => member.name);

test("docs/api.md is what the types say", async () => {
  assert.equal(await textOf("docs/api.md"), await reference(), "npm run docs writes it anew");
});

test("the reference has each entry point, each member and each comment", async () => {
  const text = await reference();
  for (const name of ["session-bridge", "session-bridge/service", "session-bridge/headers", "session-bridge/conformance"]) assert.match(text, new RegExp(`^## \`${name}\`$`, "m"));
  for (const part of ["#### `SessionManager.updateSession()`", "#### `new SessionManager()`", "Throws `SessionError`", "Default 30 000", "| `limits.dataBytes` (optional) |"]) {
    assert.ok(text.includes(part), part);
  }
});

/** Whether the code is a use of this name, or the name itself. */
const isOf = (name, code) => code.startsWith(name) && !/^\w/.test(code.slice(name.length));
const inReadme = async () => codeSpans(await textOf("README.md")).map(({ text }) => text);

for (const [file, name, except] of [
  ["js/index.d.ts", "SessionManager", ["constructor"]],
  ["js/index.d.ts", "SessionManagerOptions", []],
  ["js/service.d.ts", "SessionServiceOptions", []],
  ["js/service.d.ts", "SessionService", []],
  ["js/service.d.ts", "OriginGrant", []],
  ["js/index.d.ts", "SessionEventMap", []],
]) {
  test(`the README names every member of ${name}`, async () => {
    const spans = await inReadme();
    const missing = (await membersOf(file, name)).filter((member) => !member.includes(".") && !except.includes(member) && !spans.some((span) => isOf(member, span)));
    assert.deepEqual(missing, []);
  });
}

test("the README names every entry point", async () => {
  const spans = await inReadme();
  const { exports } = JSON.parse(await textOf("package.json"));
  const named = Object.keys(exports).filter((path) => !/\.(json|wasm)$/.test(path)).map((path) => `session-bridge${path.slice(1)}`);
  assert.deepEqual(named.filter((name) => !spans.includes(name)), []);
});
