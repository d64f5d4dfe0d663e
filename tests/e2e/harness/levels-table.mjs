// The table of docs/levels.md, which the tests write and hold against what they find.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../scripts/lib/paths.mjs";

const FILE = join(root, "docs", "levels.md");

const HEAD = `# Storage levels, browser by browser

What \`getSnapshot().storage\` says in each situation that the cross-site tests create. The tests write this page
(\`E2E_WRITE_TABLE=1 npm test -- e2e\`). They fail if they find anything else than this page says. The
[README](../README.md#where-sessions-are-kept) explains the levels.
`;

const COLUMNS = ["Engine", "Setting", "The page around the frame", "level", "shared", "upgrade"];

/** A row names its situation in the first three cells and says what was found there in the others. */
export const situationOf = (row) => row.slice(0, 3).join(" | ");

/** The rows of the committed table, each an array of its cells. */
export async function readTable() {
  const text = await readFile(FILE, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => line.slice(2, -2).split(" | ").map((cell) => cell.trim()));
}

/** Puts `rows` in the place of the rows of `engine`, the first cell of each. */
export async function writeTable(engine, order, rows) {
  const others = (await readTable()).filter(([name]) => name !== engine);
  const all = order.flatMap((name) => (name === engine ? rows : others.filter(([other]) => other === name)));
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  await writeFile(FILE, `${HEAD}\n${line(COLUMNS)}${line(COLUMNS.map(() => "---"))}${all.map(line).join("")}`);
}
