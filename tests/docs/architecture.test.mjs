// What docs/architecture.md says of the source is there.
import assert from "node:assert/strict";
import { access, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";
import { textOf } from "./lib/documents.mjs";

const text = await textOf("docs/architecture.md");
const codes = (of) => [...of.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
const isThere = (path) => access(join(root, path)).then(() => true, () => false);

test("each file and folder that it names exists", async () => {
  const named = codes(text).filter((code) => /^(src|js|tests|docs|scripts)\/[\w./-]*$/.test(code) || /^[\w.-]+\.toml$/.test(code));
  const missing = [];
  for (const path of named) if (!(await isThere(path))) missing.push(path);
  assert.deepEqual(missing, []);
  assert.ok(named.length > 50);
});

test("each room of the service names all of its files, and no other", async () => {
  const rooms = text.slice(text.indexOf("## Rooms")).split("\n").filter((line) => line.startsWith("| `src/service/"));
  assert.equal(rooms.length, 6);
  for (const line of rooms) {
    const [room, ...files] = codes(line);
    const there = (await readdir(join(root, room))).filter((name) => name.endsWith(".rs") && name !== "mod.rs");
    assert.deepEqual(files.toSorted(), there.toSorted(), room);
  }
});

test("each state machine is drawn with the states that its type has", async () => {
  for (const [path, type] of [
    ["src/manager/link.rs", "LinkState"],
    ["src/service/machine.rs", "Phase"],
    ["src/service/migration/moving.rs", "MoveState"],
  ]) {
    const source = await readFile(join(root, path), "utf8");
    const [, body] = source.match(new RegExp(`enum ${type} \\{\\n([\\s\\S]*?)\\n\\}`));
    const states = [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, name]) => name);
    const drawing = text.slice(text.indexOf(`\`${type}\``)).match(/```mermaid\n([\s\S]*?)```/)[1];
    const drawn = new Set([...drawing.matchAll(/^ {2}(?:\[\*\]|(\w+)) --> (?:\[\*\]|(\w+))/gm)].flatMap(([, from, to]) => [from, to]).filter(Boolean));
    assert.deepEqual([...drawn].toSorted(), states.toSorted(), type);
  }
});
