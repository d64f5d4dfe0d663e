// What the tests of the documentation read out of a Markdown file: its code blocks, its links and its headings.

/**
 * A fenced block. The words after its language say how it is tested: `file=PATH`, `uses=NAME`, `run=NAME`, `output=COMMAND`.
 *
 * @typedef {{ document: string, line: number, language: string, options: Record<string, string>, text: string }} Block
 */

const FENCE = /^( *)(`{3,}|~{3,})(.*)$/;

/** The lines of a document, each with whether it stands in a fenced block. */
function* lines(text) {
  let open;
  for (const [at, line] of text.split("\n").entries()) {
    const [, indent, fence, info] = FENCE.exec(line) ?? [];
    const opens = fence && !open;
    const closes = fence && open && fence.startsWith(open.fence) && info.trim() === "";
    if (opens) open = { fence, indent: indent.length };
    yield { line, number: at + 1, code: Boolean(open), indent: open?.indent ?? 0, info: opens ? info.trim() : undefined, closes };
    if (closes) open = undefined;
  }
  if (open) throw new Error("a fenced block is not closed");
}

/** @returns {Block[]} */
export function blocks(document, text) {
  const found = [];
  let block;
  for (const { line, number, indent, info, closes } of lines(text)) {
    if (info !== undefined) {
      const [language = "", ...words] = info.match(/[^\s="]+(?:="[^"]*"|=\S+)?/g) ?? [];
      const options = Object.fromEntries(words.map((word) => [word.split("=")[0], word.slice(word.indexOf("=") + 1).replaceAll('"', "")]));
      block = { document, line: number, language, options, lines: [] };
    } else if (closes) {
      const { lines, ...rest } = block;
      found.push({ ...rest, text: `${lines.join("\n")}\n` });
      block = undefined;
    } else block?.lines.push(line.slice(Math.min(indent, line.length - line.trimStart().length)));
  }
  return found;
}

/** The text outside of fenced blocks, line by line. */
function prose(text) {
  return [...lines(text)].map(({ line, number, code }) => ({ number, line: code ? "" : line }));
}

const INLINE_CODE = /(`+)(?!`).*?[^`]\1(?!`)/g;

/** The targets of inline links and images, and of `src` and `href` in HTML. @returns {{ line: number, target: string }[]} */
export function links(text) {
  return prose(text).flatMap(({ line, number }) => {
    // A link's own text may be code: only what stands in code by itself is no link.
    const shown = line.replace(/\[(`[^`]*`)\]\(/g, "[code](").replace(INLINE_CODE, "");
    const targets = [...shown.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g), ...shown.matchAll(/\b(?:src|href)="([^"]+)"/g)];
    return targets.map(([, target]) => ({ line: number, target }));
  });
}

/** Code spans outside of fenced blocks. @returns {{ line: number, text: string }[]} */
export function codeSpans(text) {
  return prose(text).flatMap(({ line, number }) =>
    [...line.matchAll(INLINE_CODE)].map(([span]) => ({ line: number, text: span.replace(/^`+ ?| ?`+$/g, "") })),
  );
}

/** The anchors of a document's headings, made as the usual hosts make them. */
export function anchors(text) {
  const seen = new Map();
  const made = new Set();
  for (const { line } of prose(text)) {
    const [, title] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (title === undefined) continue;
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const slug = plain.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    made.add(times ? `${slug}-${times}` : slug);
  }
  return made;
}
