// docs/testing.md tells of each stage of `npm test` and of `npm run verify`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stages } from "../../scripts/test/stages.mjs";
import { longStages } from "../../scripts/verify/stages.mjs";
import { textOf } from "./lib/documents.mjs";

/** The code in the first cells of the rows below a heading. */
function told(text, heading) {
  const [, section] = new RegExp(`## ${heading}\\n([^]*?)(?:\\n## |$)`).exec(text);
  return section.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => [...line.split(" | ")[0].matchAll(/`([^`]+)`/g)].map(([, code]) => code));
}

test("each stage has a row", async () => {
  const text = await textOf("docs/testing.md");
  assert.deepEqual(told(text, "Stages").sort(), (await stages()).map(({ name }) => name).sort());
  assert.deepEqual(told(text, "Longer stages").sort(), (await longStages()).map(({ name }) => name).sort());
});
