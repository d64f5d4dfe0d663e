// `npm test`: sets up, then runs every stage in order, and stops at the first that fails.
// `npm test -- host layers` runs those stages only; `npm test -- --list` names them.
import { performance } from "node:perf_hooks";
import { Stop, duration, main, say } from "./lib/run.mjs";
import { setup } from "./setup.mjs";
import { forgetResults, keepResults } from "./test/results.mjs";
import { stages } from "./test/stages.mjs";

await main("test", async () => {
  const began = performance.now();
  const all = await stages();
  if (process.argv.includes("--list")) {
    for (const { name, title } of all) process.stdout.write(`${name.padEnd(12)}${title}\n`);
    return;
  }
  const chosen = choose(all, process.argv.slice(2));
  await setup(chosen.some((stage) => stage.browser) ? "test" : "checks");
  say("test", `set-up took ${duration(performance.now() - began)}`);
  if (chosen.length === all.length) await forgetResults();
  const results = [];
  for (const stage of chosen) {
    results.push(await runStage(stage));
    if (results.at(-1).failed > 0) break;
  }
  const total = (field) => results.reduce((sum, result) => sum + result[field], 0);
  const rest = chosen.slice(results.length).map((stage) => stage.name);
  process.stdout.write(`\n${results.map((result) => `  ${result.line}`).join("\n")}\n`);
  if (rest.length > 0) process.stdout.write(`  not run: ${rest.join(", ")}\n`);
  for (const skip of results.flatMap((result) => result.skips)) process.stdout.write(`  SKIPPED ${skip}\n`);
  process.stdout.write(`  all of it ${duration(performance.now() - began)}\n\n`);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed${total("skipped") > 0 ? `, ${total("skipped")} skipped` : ""}\n`);
  if (total("failed") > 0) process.exitCode = 1;
});

function choose(all, names) {
  const unknown = names.find((name) => !all.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    throw new Stop(`there is no stage "${unknown}". There are: ${all.map((stage) => stage.name).join(", ")}`);
  }
  return names.length === 0 ? all : all.filter((stage) => names.includes(stage.name));
}

async function runStage({ name, title, run }) {
  process.stderr.write(`\n── ${name}: ${title}\n`);
  const began = performance.now();
  const { passed, failed, waiting = 0, skipped = 0, skips = [], tests } = await run();
  if (tests) await keepResults(name, tests);
  const ranNone = passed + failed === 0;
  const told = ranNone ? "ran no test, which counts as a failure" : `${passed} passed, ${failed} failed`;
  const rest = [waiting > 0 && `, ${waiting} waiting`, skipped > 0 && `, ${skipped} skipped`].filter(Boolean).join("");
  const line = `${name.padEnd(12)}${told}${rest} (${duration(performance.now() - began)})`;
  say("test", line);
  return { passed, failed: failed + Number(ranNone), skipped, skips, line };
}
