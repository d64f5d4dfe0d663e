// How many tests a program says passed and failed.

/** Sums the "test result:" lines of cargo's and wasm-bindgen's test runners. */
export function countCargo(output) {
  const count = { passed: 0, failed: 0, waiting: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    count.passed += Number(passed);
    count.failed += Number(failed);
    count.waiting += Number(ignored);
  }
  return count;
}

/** Reads the totals at the end of what `node --test` reports as TAP. `waiting` are those marked todo. */
export function countTap(output) {
  const total = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  return {
    passed: total("pass"),
    failed: total("fail") + total("cancelled"),
    waiting: total("todo"),
    skipped: total("skipped"),
  };
}

/** What such a report says was skipped: "name: reason" for each, the name with those of the suites around it, each once. */
export function skipsInTap(output) {
  const skips = new Set();
  // The nesting is told by an indent of four.
  const suites = [];
  for (const line of output.split("\n")) {
    const begun = /^( *)# Subtest: (.*)$/.exec(line);
    if (begun) suites.splice(begun[1].length / 4, Infinity, begun[2]);
    const skipped = /^ *ok \d+ - .* # SKIP (.*)$/.exec(line);
    if (skipped) skips.add(`${suites.join(": ")}: ${skipped[1]}`);
  }
  return [...skips];
}
