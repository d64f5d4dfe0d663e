// What the declarations of the package's entry points say, read by TypeScript's own parser.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ts } from "ts-morph";
import { root } from "../lib/paths.mjs";

/**
 * @typedef {{ name: string, kind: string, text: string, comment: string, tags: { name: string, text: string }[], members: Member[] }} Declaration
 * @typedef {{ name: string, text: string, comment: string, tags: { name: string, text: string }[], method: boolean }} Member
 */

/** The exported declarations of a file, and the comment that it begins with. @returns {Promise<{ comment: string, declarations: Declaration[], reexports: { from: string, names: string[] }[] }>} */
export async function read(file) {
  const text = await readFile(join(root, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declarations = source.statements.filter(isExported).flatMap((node) => declared(node, source));
  const reexports = source.statements.filter(ts.isExportDeclaration).map((node) => ({
    from: node.moduleSpecifier?.text ?? "",
    names: node.exportClause ? node.exportClause.elements.map(({ name }) => name.text) : ["*"],
  }));
  return { comment: lead(text), declarations: overloaded(declarations), reexports };
}

const isExported = (node) => ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** The line comments at the top. */
const lead = (text) => (/^(?:\/\/ .*\n)+/.exec(text)?.[0] ?? "").replace(/^\/\/ /gm, "").trim();

function declared(node, source) {
  const name = node.name?.text ?? node.declarationList?.declarations.map(({ name }) => name.text).join(", ");
  const members = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) ? node.members : [];
  return [{ name, kind: ts.SyntaxKind[node.kind], text: bare(node, source), ...said(node), members: grouped(members, source) }];
}

/** The declaration without `export` and `declare`, and of one with members what stands before these. */
function bare(node, source) {
  const whole = node.getText(source).replace(/^export /, "").replace(/^declare /, "");
  return node.members ? whole.slice(0, whole.indexOf("{")).trim() : tidy(whole);
}

/** The members in their order: overloads of one method together, and below an object its own members. */
function grouped(members, source, outer = "") {
  const found = new Map();
  for (const member of members) {
    const name = outer + (ts.isConstructorDeclaration(member) ? "constructor" : member.name.getText(source).replace(/^"(.*)"$/, "$1"));
    const known = found.get(name);
    const text = tidy(member.getText(source));
    if (known) known.text += `\n${text}`;
    else found.set(name, { name, text, ...said(member), method: isMethod(member) });
    const inner = isMethod(member) || !member.type || !ts.isTypeLiteralNode(member.type) ? [] : member.type.members;
    // What has no comment is explained by that of the object.
    if (inner.some((one) => one.jsDoc)) for (const one of grouped(inner, source, `${name}.`)) found.set(one.name, one);
  }
  return [...found.values()];
}

const isMethod = (member) => ts.isMethodSignature(member) || ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member);

/** Functions of one name are one declaration with several signatures. */
function overloaded(declarations) {
  const found = new Map();
  for (const one of declarations) {
    const known = found.get(one.name);
    if (known && known.kind === one.kind) known.text += `\n${one.text}`;
    else found.set(one.name, one);
  }
  return [...found.values()];
}

function said(node) {
  const doc = node.jsDoc?.at(-1);
  const words = (comment) => (ts.getTextOfJSDocComment(comment) ?? "").trim();
  const tags = (doc?.tags ?? []).map((tag) => {
    // `@throws {SessionError} …`
    const type = tag.typeExpression?.type?.getText();
    return { name: tag.tagName.text, text: [type && `\`${type}\``, words(tag.comment)].filter(Boolean).join(" ") };
  });
  return { comment: words(doc?.comment), tags };
}

/** Without the comments inside, and indented as it would stand by itself. */
function tidy(text) {
  const lines = text.replace(/\/\*\*[^]*?\*\//g, "").split("\n").filter((line, at) => at === 0 || line.trim());
  const least = Math.min(...lines.slice(1).map((line) => line.length - line.trimStart().length), Infinity);
  return lines.map((line, at) => (at === 0 ? line : line.slice(Number.isFinite(least) && line.trim() !== "}" ? Math.max(0, least - 2) : least))).join("\n").trim();
}
