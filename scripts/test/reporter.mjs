// A reporter for `node --test`: one line of JSON for each test that is over, with the names of the suites around it.

export default async function* report(events) {
  const names = [];
  for await (const { type, data } of events) {
    if (type === "test:start") names.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const path = [...names.slice(0, data.nesting), data.name];
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const result = type === "test:fail" ? "failed" : skipped ? "skipped" : "passed";
    if (data.details?.type !== "suite") yield `${JSON.stringify({ file: data.file, path, result, why: why(data.details?.error) })}\n`;
  }
}

/** The first line of what a test failed with: it is to be read in a list. */
function why(error) {
  const { message } = error?.cause ?? error ?? {};
  return message === undefined ? undefined : `${message}`.split("\n", 1)[0].slice(0, 300);
}
