// docs/api.md: the reference of the package's entry points, made from their declarations.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { read } from "./declarations.mjs";

const HEAD = `# API reference

Everything that the package exports, made from its types by \`npm run docs\`. The README explains how the parts work together.

Units: a name that ends in \`Ms\` is a number of milliseconds. A name that ends in \`At\` is a Unix time in milliseconds. Sizes
are bytes of UTF-8 JSON text.
`;

/** The entry points of the package that have types, in the order of its manifest: each with the file of its types. */
async function entries() {
  const { name, exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const found = Object.entries(exports).filter(([, entry]) => typesOf(entry));
  return found.map(([path, entry]) => ({ name: name + path.slice(1), file: typesOf(entry) }));
}

/** Of nested conditions the ones of \`import\`: what \`require\` gets is declared the same. */
function typesOf(entry) {
  if (typeof entry !== "object" || entry === null) return undefined;
  return entry.types ?? typesOf(entry.import) ?? typesOf(entry.default);
}

/** The text of docs/api.md. */
export async function reference() {
  const all = await readAll();
  const names = all.flatMap(({ declarations }) => declarations.map(({ name }) => name));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new Error(`Two entry points declare ${twice}: the reference needs a heading for each.`);
  const contents = all.map(({ name, declarations }) => `- [\`${name}\`](#${slug(name)}): ${declarations.map(link).join(", ") || "the same exports as another entry"}`);
  return [HEAD, contents.join("\n"), ...all.map(section)].join("\n\n").replace(/\n{3,}/g, "\n\n").trimEnd() + "\n";
}

/** Entries that share a file of types are one section's words each, and say what they have in common. */
async function readAll() {
  const seen = new Map();
  const all = [];
  for (const { name, file } of await entries()) {
    const same = seen.get(file);
    seen.set(file, same ?? name);
    all.push({ name, same, ...(same ? { comment: "", declarations: [], reexports: [] } : await read(file)) });
  }
  return all;
}

const link = ({ name }) => `[\`${name}\`](#${slug(name)})`;
const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, "");

function section({ name, same, comment, declarations, reexports }) {
  const parts = [`## \`${name}\``];
  if (same) parts.push(`The same exports as [\`${same}\`](#${slug(same)}).`);
  const again = reexports.filter(({ names }) => names.length);
  if (comment) parts.push(sentence(comment.split("\n").filter((line) => !line.startsWith("Units:")).join(" ")));
  for (const { from, names } of again) parts.push(`Also exports ${names[0] === "*" ? "everything" : names.map((one) => `\`${one}\``).join(", ")} of \`${entryOf(from)}\`.`);
  return [...parts, ...declarations.map(declaration)].join("\n\n");
}

/** The module that a relative path of the types stands for. */
function entryOf(from) {
  const name = from.replace(/^\.\//, "").replace(/(\.d)?\.[cm]?[jt]s$/, "");
  return name === "index" ? "session-bridge" : `session-bridge/${name}`;
}

function declaration(one) {
  const parts = [`### \`${one.name}\``, one.comment, ...one.tags.map(tag), code(one.text + (one.members.length ? " { … }" : ""))];
  const table = one.members.filter(({ method }) => !method);
  if (table.length) parts.push(["| member | type | |", "| --- | --- | --- |", ...table.map(row)].join("\n"));
  for (const method of one.members.filter(({ method }) => method)) {
    const called = method.name === "constructor" ? `new ${one.name}()` : `${one.name}.${method.name}()`;
    parts.push(`#### \`${called}\``, code(method.text), method.comment, ...method.tags.map(tag));
  }
  return parts.filter(Boolean).join("\n\n");
}

/** Signatures are no program by themselves: they are shown. */
const code = (text) => `\`\`\`text\n${text.replace(/;$/, "")}\n\`\`\``;

function row({ name, text, comment, tags }) {
  const [, optional, type] = /^(?:readonly )?"?[\w$*]+"?(\?)?: ([^]*?);?$/.exec(text);
  const words = [comment.replace(/\s*\n\s*/g, " "), ...tags.map(tag)].filter(Boolean).join(" ");
  return `| \`${name}\`${optional ? " (optional)" : ""} | \`${type.replace(/\s+/g, " ").replaceAll("|", "\\|")}\` | ${words.replaceAll("|", "\\|")} |`;
}

const tag = ({ name, text }) => (name === "throws" ? `Throws ${text}` : `${name}: ${text}`);
const sentence = (text) => text[0].toUpperCase() + text.slice(1);
