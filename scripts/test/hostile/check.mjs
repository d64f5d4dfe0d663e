// The stage that holds docs/hostile.md against what the other stages have run.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { standing } from "../../lib/engines.mjs";
import { root } from "../../lib/paths.mjs";
import { say } from "../../lib/run.mjs";
import { gaps, pageOf, without } from "./table.mjs";

const PAGE = join(root, "docs", "hostile.md");
const ENGINES = { Chromium: "chromium", Firefox: "firefox", WebKit: "webkit" };

/** Two checks: that nothing is missing, and that the page says so. */
export async function hostile(tests) {
  const absent = Object.keys(ENGINES).filter((engine) => !standing(ENGINES[engine]).run);
  const wrong = gaps(tests, absent);
  const page = pageOf(tests);
  if (process.env.HOSTILE_WRITE_TABLE) await writeFile(PAGE, page);
  const told = await readFile(PAGE, "utf8").catch(() => "");
  // Without Chromium's tests there is little left to compare.
  const differs = !absent.includes("Chromium") && without(told, absent) !== without(page, absent);
  for (const sentence of wrong) say("hostile", sentence);
  if (differs) {
    const [before, after] = [told, page].map((text) => new Set(text.split("\n")));
    for (const text of after) if (!before.has(text)) say("hostile", `docs/hostile.md should say: ${text}`);
    say("hostile", "HOSTILE_WRITE_TABLE=1 npm test -- hostile writes the page anew, from the last run of each stage.");
  }
  const failed = wrong.length + Number(differs);
  const skips = absent.map((engine) => `hostile in ${engine}: it was not run`);
  const failures = [...wrong, ...(differs ? ["docs/hostile.md says something else than the tests"] : [])];
  return { passed: 2 - Number(wrong.length > 0) - Number(differs), failed, skipped: skips.length, skips, failures };
}
