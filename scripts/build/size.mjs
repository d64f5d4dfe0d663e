// The size gate: what a visitor downloads, held under its budget.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { Stop } from "../lib/run.mjs";

/** Size in bytes of `bytes` as a server sends them with brotli at its best. */
export function compressedSize(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length;
}

/**
 * Weighs the files that one page fetches.
 *
 * @param {string[]} files
 * @returns {Promise<{ files: { name: string, bytes: number }[], total: number }>}
 */
export async function weigh(files) {
  const weighed = [];
  for (const file of files) weighed.push({ name: basename(file), bytes: compressedSize(await readFile(file)) });
  return { files: weighed, total: weighed.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** One line that tells the sizes of a build against its budget. Stops when it is over. */
export function judge({ name, budget, goal }, { files, total }) {
  const parts = files.map((file) => `${file.name} ${file.bytes}`).join(" + ");
  const aim = goal === undefined ? "" : `, goal ${goal}`;
  const line = `${name}: ${parts} = ${total} bytes with brotli (budget ${budget}${aim})`;
  if (total > budget) throw new Stop(`${line}. That is ${total - budget} too many.`);
  return line;
}
