// A reporter for `node --test`: one line of JSON for each test that is over, with the names of the suites around it.

export default async function* report(events) {
  const names = [];
  for await (const { type, data } of events) {
    if (type === "test:start") names.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const path = [...names.slice(0, data.nesting), data.name];
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const result = type === "test:fail" ? "failed" : skipped ? "skipped" : "passed";
    if (data.details?.type !== "suite") yield `${JSON.stringify({ file: data.file, path, result })}\n`;
  }
}
