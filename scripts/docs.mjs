// Writes the parts of the documentation that are made from the source: `npm run docs`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reference } from "./docs/reference.mjs";
import { root } from "./lib/paths.mjs";
import { isMain, main, say } from "./lib/run.mjs";

if (isMain(import.meta)) {
  await main("docs", async () => {
    await writeFile(join(root, "docs", "api.md"), await reference());
    say("docs", "docs/api.md is written");
  });
}
