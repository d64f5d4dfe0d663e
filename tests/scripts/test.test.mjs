import assert from "node:assert/strict";
import os from "node:os";
import { test } from "node:test";
import { run } from "../../scripts/lib/run.mjs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { isOfSilence, runAgain } from "../../scripts/test/again.mjs";
import { countCargo, countTap, skipsInTap } from "../../scripts/test/count.mjs";
import { nodeTests, rustTests } from "../../scripts/test/discover.mjs";
import { inLanes } from "../../scripts/test/lanes.mjs";
import { resultsFile } from "../../scripts/test/results.mjs";
import report from "../../scripts/test/reporter.mjs";
import { choose, failuresOf } from "../../scripts/test/runner.mjs";
import { quickly, stages } from "../../scripts/test/stages.mjs";
import { besideABusyCore } from "../../scripts/verify/busy.mjs";
import { longStages } from "../../scripts/verify/stages.mjs";

test("cargo's results are summed over its test programs", () => {
  const output = `
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 3 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.10s
`;
  assert.deepEqual(countCargo(output), { passed: 5, failed: 1, waiting: 4 });
  assert.deepEqual(countCargo("error: could not compile"), { passed: 0, failed: 0, waiting: 0 });
});

test("node's totals are read from its report", () => {
  const output = "TAP version 13\n# tests 9\n# suites 0\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 2\n";
  assert.deepEqual(countTap(output), { passed: 4, failed: 2, waiting: 2, skipped: 1 });
});

test("what node skipped is told by name and reason, each once", () => {
  const output = `TAP version 13
# Subtest: a suite
    # Subtest: runs
    ok 1 - runs
    # Subtest: cannot run
    ok 2 - cannot run # SKIP there is no way
    1..2
ok 1 - a suite
# Subtest: everything in Firefox
ok 2 - everything in Firefox # SKIP Firefox not found on this machine
# Subtest: everything in Firefox
ok 3 - everything in Firefox # SKIP Firefox not found on this machine
`;
  assert.deepEqual(skipsInTap(output), [
    "a suite: cannot run: there is no way",
    "everything in Firefox: Firefox not found on this machine",
  ]);
});

test("tests are found by where they lie", async () => {
  const { host, web } = await rustTests();
  assert.ok(host.includes("layers") && !host.some((name) => web.includes(name)));
  assert.ok((await nodeTests()).scripts.some((file) => file.endsWith("test.test.mjs")));
  const names = (await stages()).map((stage) => stage.name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("scripts"));
});

test("a command line names stages, or one option", () => {
  const all = ["format", "host", "e2e"].map((name) => ({ name, quick: name !== "e2e" || undefined }));
  const names = (...args) => choose(all, args, { quick: quickly })?.map(({ name }) => name) ?? null;
  assert.deepEqual(names(), ["format", "host", "e2e"]);
  assert.deepEqual(names("e2e", "format"), ["format", "e2e"]);
  assert.deepEqual(names("--quick"), ["format", "host"]);
  assert.equal(names("--list"), null);
  assert.throws(() => names("hots"), /there is no stage "hots".*format, host, e2e/);
  assert.throws(() => names("--quik"), /there is no option --quik.*--quick/);
  assert.throws(() => names("--quick", "host"), /--quick is given by itself/);
});

test("the quick tests need no browser and leave out no stage that is quick by itself", async () => {
  const quick = quickly(await stages());
  assert.deepEqual(quick.filter(({ browser }) => browser), []);
  const names = quick.map(({ name }) => name);
  for (const name of ["format", "clippy", "layers", "host", "sim", "build", "types", "scripts"]) assert.ok(names.includes(name), name);
  const whole = (await stages()).find(({ name }) => name === "sim");
  assert.notEqual(quick.find(({ name }) => name === "sim").run, whole.run);
});

/** Stages by their names, as `lane:name` or `name`. Answers what was begun and ended, in that order, and what ran. */
async function played(names, { failing } = {}) {
  const told = [];
  const stages = names.map((name) => ({ name, lane: name.includes(":") ? name.split(":")[0] : undefined }));
  const ran = await inLanes(stages, async ({ name }) => {
    told.push(`+${name}`);
    for (let turn = 0; turn < 5; turn++) await null;
    told.push(`-${name}`);
    return { failed: Number(name === failing) };
  });
  return { told: told.join(" "), ran: ran.map(({ stage }) => stage.name) };
}

test("what failed is told in a line each, of the stages that ran, with what is no test", async () => {
  const fails = async function* () {
    yield { type: "test:start", data: { name: "a suite", nesting: 0 } };
    yield { type: "test:start", data: { name: "goes wrong", nesting: 1 } };
    yield { type: "test:fail", data: { name: "goes wrong", nesting: 1, file: "x.mjs", details: { type: "test", error: new Error("outer", { cause: new Error("not three\n+ actual") }) } } };
  };
  const { value: line } = await report(fails()).next();
  const told = JSON.parse(line);
  assert.deepEqual(told, { file: "x.mjs", path: ["a suite", "goes wrong"], result: "failed", why: "not three" });
  const ran = ["e2e", "measured", "hostile"].map((name) => ({ stage: { name }, result: { failures: name === "hostile" ? ["row 3 has no test"] : [] } }));
  const results = [{ stage: "e2e", ...told }, { stage: "e2e", part: "measured", ...told, why: undefined }, { stage: "web", ...told }, { stage: "e2e", path: ["fine"], result: "passed" }];
  assert.deepEqual(failuresOf(ran, results), ["e2e: a suite: goes wrong: not three", "measured: a suite: goes wrong", "hostile: row 3 has no test"]);
});

test("only tests whose browser fell silent run again, and the second attempt counts", async () => {
  const silence = "Waited 60000 ms in vain for a page. Last seen: undefined (TimeoutError: The operation was aborted due to timeout)";
  for (const [why, again] of [[silence, true], ["WebDriver: timeout: ", true], ["Protocol error (Page.navigate): Target closed", true], ["WebDriver: no such element: ", false], ["fetch failed", false], ["2 !== 3", false], ["Waited 60000 ms in vain for a page. Last seen: 2", false], [undefined, false]]) {
    assert.equal(isOfSilence({ path: [], result: "failed", why }), again, why);
  }
  assert.equal(isOfSilence({ path: [], result: "passed", why: silence }), false);

  const stage = "tests-of-tests";
  const lines = (tests) => tests.map((one) => JSON.stringify(one) + "\n").join("");
  const test = (name, result, why) => ({ file: `${name[0]}.mjs`, path: ["suite", name], result, why });
  await writeFile(await resultsFile(stage), lines([test("a1", "failed", silence), test("a2", "failed", "2 !== 3"), test("a3", "passed"), test("b1", "failed", silence)]));
  const [asked, told] = [[], []];
  const ran = await runAgain(stage, async (files, { names, results }) => {
    asked.push(files, names);
    await writeFile(results, lines([test("a1", "passed"), test("a2", "skipped"), test("b1", "failed", "2 !== 3")]));
  }, (line) => told.push(line));
  const kept = (await readFile(await resultsFile(stage), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  await rm(await resultsFile(stage));
  assert.deepEqual(told.map((line) => line.slice(0, line.indexOf(": Waited"))), ["a1", "b1"].map((name) => `AGAIN, as its browser fell silent: suite: ${name}`));
  assert.deepEqual([ran, asked], [{ again: 2, passed: 1 }, [["a.mjs", "b.mjs"], ["a1", "b1"]]]);
  assert.deepEqual(kept.map(({ path, result, why }) => [path[1], result, why]), [["a1", "passed", undefined], ["a2", "failed", "2 !== 3"], ["a3", "passed", undefined], ["b1", "failed", "2 !== 3"]]);
});

test("stages run one after another, those of two lanes side by side", async () => {
  const { told, ran } = await played(["x", "a:1", "b:1", "b:2", "a:2", "y", "a:3"]);
  assert.match(told, /^\+x -x \+a:1 \+b:1 -a:1 .*\+y -y \+a:3 -a:3$/);
  assert.ok(told.indexOf("-b:1") < told.indexOf("+b:2") && told.indexOf("-a:1") < told.indexOf("+a:2"));
  assert.deepEqual(ran, ["x", "a:1", "b:1", "b:2", "a:2", "y", "a:3"], "told in the order of the list");
});

test("what runs gently, and what it starts, gives way to every other process", async () => {
  const priority = ["--print", "require('node:os').getPriority()"];
  const nested = ["--eval", `require("node:child_process").spawnSync(process.execPath, ${JSON.stringify(priority)}, { stdio: "inherit" })`];
  assert.equal((await run(process.execPath, nested, { gently: true })).stdout.trim(), String(os.constants.priority.PRIORITY_LOW));
  assert.equal((await run(process.execPath, nested)).stdout.trim(), String(os.getPriority()));
});

test("only what computes is beside tests in a browser, and nothing is beside what measures", async () => {
  const all = await stages();
  const lane = (name) => all.find((stage) => stage.name === name).lane;
  assert.deepEqual(all.filter((stage) => stage.lane === "gentle").map(({ name }) => name), ["clippy", "sim"]);
  assert.equal(lane("e2e"), "pages");
  assert.equal(lane("measured"), undefined);
});

test("after a failure no stage begins, and those under way end", async () => {
  assert.deepEqual((await played(["a:1", "b:1", "b:2", "y"], { failing: "a:1" })).ran, ["a:1", "b:1"]);
  assert.deepEqual((await played(["x", "y"], { failing: "x" })).ran, ["x"]);
});

test("what takes long has stages of its own", async () => {
  const names = (await longStages()).map(({ name }) => name);
  assert.deepEqual(names, ["sim", "fuzz", "soak", "old-tools", "busy"]);
});

test("a core is kept busy for as long as something runs beside it", async () => {
  const alive = (pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const pid = await besideABusyCore(async (pid) => (assert.ok(alive(pid)), pid));
  assert.ok(!alive(pid));
  await assert.rejects(besideABusyCore(() => Promise.reject(new Error("it failed"))), /it failed/);
});
