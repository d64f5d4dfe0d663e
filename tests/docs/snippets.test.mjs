// Every block of every document is tested: run, type-checked, parsed, or held against what a command prints.
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { test } from "node:test";
import { ts } from "ts-morph";
import { headers, wrongWith } from "./lib/commands.mjs";
import { allBlocks, documents, place, textOf } from "./lib/documents.mjs";
import { blocks, codeSpans } from "./lib/markdown.mjs";
import { complaints } from "./lib/typecheck.mjs";

const SCRIPTS = ["js", "mjs", "ts", "jsx", "tsx"];
/** Shown as they are: the configuration of others' servers, figures, what something prints. */
const SHOWN = ["text", "mermaid", "nginx", "caddy", "http"];
const OPTIONS = ["file", "uses", "run", "output"];

const all = await allBlocks();
const isFile = (path) => access(new URL(path, import.meta.url)).then(() => true, () => false);
const told = (found) => assert.deepEqual(found.map(([block, why]) => `${place(block)}: ${why}`), []);

test("each block says in which language it is, and what tests it", async () => {
  const wrong = [];
  for (const block of all) {
    const { document, language, options } = block;
    const by = SCRIPTS.includes(language) || ["sh", "json"].includes(language) || SHOWN.includes(language);
    if (!by && !(language === "html" && (options.file || options.run))) wrong.push([block, `nothing tests a block of "${language}"`]);
    for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) wrong.push([block, `there is no option ${name}=`]);
    if (options.file && document !== "README.md") wrong.push([block, "file= is for the quick start of the README"]);
    if (options.uses && !(await isFile(`contexts/${options.uses}.ts`))) wrong.push([block, `there is no context ${options.uses}`]);
    if (options.run) {
      const test = await readFile(new URL(`${options.run}.test.mjs`, import.meta.url), "utf8").catch(() => "");
      if (!test.includes(`blockToRun("${options.run}")`)) wrong.push([block, `tests/docs/${options.run}.test.mjs does not run it`]);
    }
  }
  told(wrong);
});

test("JavaScript and TypeScript compile against the package's types", async () => {
  const scripts = all.filter(({ language, options }) => SCRIPTS.includes(language) && !options.file && !options.run);
  assert.ok(scripts.length > 0);
  assert.deepEqual(Object.fromEntries(await complaints(scripts)), {});
});

test("the compiler is asked: a wrong name, a wrong type and a wrong context are found", async () => {
  const planted = (text, uses) => ({ document: "planted", line: text.length, language: "js", options: uses ? { uses } : {}, text });
  const wrong = [
    planted("manager.addSesion({ userId: 'u' });\n", "manager"),
    planted("manager.getSnapshot();\n"),
    planted("import { startSessionServices } from 'session-bridge/service';\n"),
  ];
  const right = planted("await manager.removeSession(id);\n", "manager");
  const found = await complaints([...wrong, right]);
  assert.deepEqual([...found.keys()].sort(), wrong.map(place).sort());
});

/** Whether something is waited for outside of every function. */
function waitsAtTop(text) {
  const visit = (node) => {
    if (ts.isFunctionLike(node)) return false;
    const waits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier);
    return Boolean(waits || ts.forEachChild(node, visit));
  };
  return visit(ts.createSourceFile("snippet.mts", text, ts.ScriptTarget.Latest, true));
}

/** The scripts in a document of HTML. */
const inline = (text) => [...text.matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, script]) => script);

test("no example waits at the top of a module: not every tool builds that, and WebKit hangs on it in a frame", () => {
  const scripts = all.flatMap((block) => (SCRIPTS.includes(block.language) ? [[block, block.text]] : block.language === "html" ? inline(block.text).map((text) => [block, text]) : []));
  told(scripts.filter(([, text]) => waitsAtTop(text)).map(([block]) => [block, "it has a top-level await"]));
  assert.deepEqual(["await f();", "if (a) { x = await f(); }", "async () => { await f(); };", "f();"].map(waitsAtTop), [true, true, false, false]);
});

test("JSON parses", () => {
  told(all.filter(({ language }) => language === "json").flatMap((block) => {
    try {
      JSON.parse(block.text);
      return [];
    } catch (error) {
      return [[block, error.message]];
    }
  }));
});

test("each command of a shell exists", async () => {
  const wrong = [];
  for (const block of all.filter(({ language }) => language === "sh")) {
    for (const line of block.text.replaceAll("\\\n", " ").split("\n")) {
      const why = await wrongWith(line);
      if (why) wrong.push([block, `${line.trim()}: ${why}`]);
    }
  }
  told(wrong);
});

test("each command in a sentence or a table exists", async () => {
  const wrong = [];
  for (const document of await documents()) {
    for (const { line, text } of codeSpans(await textOf(document))) {
      if (!/^([A-Z0-9_]+=\S+ )*(npm|npx|node|cargo) [a-z-]/.test(text)) continue;
      const why = await wrongWith(text);
      if (why) wrong.push([{ document, line }, `${text}: ${why}`]);
    }
  }
  told(wrong);
});

test("a command that is not there is found", async () => {
  assert.equal(await wrongWith("npm run nothing"), 'package.json has no script "nothing"');
  assert.equal(await wrongWith("npm test -- e2e nothing"), 'npm test has no stage "nothing"');
  assert.equal(await wrongWith("E2E_ENGINES=firefox npm test -- e2e # one engine"), undefined);
  assert.equal(await wrongWith("npx session-bridge headers grants.json"), 'npx has to be told "--no-install"');
  assert.match(await wrongWith("npx --no-install session-bridge headers grants.json --format apache"), /no format "apache"/);
  assert.match(await wrongWith("node scripts/nothing.mjs"), /there is no scripts\/nothing\.mjs/);
  assert.match(await wrongWith("cargo test --test nothing"), /no test program/);
  assert.match(await wrongWith("curl -O https://shop.example"), /no test knows/);
});

test("what a command prints is what the document shows", async () => {
  for (const block of all.filter(({ options }) => options.output)) {
    const [, ...args] = block.options.output.split(" ");
    assert.equal((await headers(args)).trim(), block.text.trim(), place(block));
  }
});

test("a block ends where its fence does, and keeps its own indent", () => {
  const text = "- a\n\n  ```js uses=manager\n  if (x) {\n    y();\n  }\n  ```\n\n````text\n```js\n````\n";
  assert.deepEqual(blocks("some.md", text).map(({ language, options, line, text }) => [language, options, line, text]), [
    ["js", { uses: "manager" }, 3, "if (x) {\n  y();\n}\n"],
    ["text", {}, 9, "```js\n"],
  ]);
  assert.throws(() => blocks("some.md", "```js\n"), /not closed/);
});
