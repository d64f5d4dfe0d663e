// What people are told to type. The package's name is nobody's on the registry until it is published there, so `npx` must not look there.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";

/** The commands of a text that may run what is not installed. */
const loose = (text) => [...text.matchAll(/\b(?:npx|bunx|pnpm dlx|yarn dlx|npm exec)\b[^\n`]*/g)].map(([command]) => command).filter((command) => !/^npx --no-install /.test(command));

test("a command that may install something is found", () => {
  assert.deepEqual(loose("Run `npx session-bridge headers`.\nnpx --no-install session-bridge\npnpm dlx session-bridge"), ["npx session-bridge headers", "pnpm dlx session-bridge"]);
});

test("npx is only ever told to run what is installed", () => {
  const inside = (folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
  const texts = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...["docs", "bin", "js", "www"].flatMap(inside)].filter((path) => /\.(md|js|ts|html)$/.test(path));
  assert.ok(texts.length > 50);
  const told = texts.flatMap((path) => loose(readFileSync(join(root, path), "utf8")).map((command) => `${path}: ${command}`));
  assert.deepEqual(told, []);
});
