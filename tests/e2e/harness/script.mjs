/**
 * The source text of a call of `task` with `values`, which may be functions too. Text is what every driver takes alike,
 * and the page's content security policy says nothing against it.
 */
export function callOf(task, values) {
  const text = (value) => {
    if (Array.isArray(value)) return `[${value.map(text)}]`;
    return typeof value === "function" ? `(${value})` : (JSON.stringify(value) ?? "undefined");
  };
  return `(${task})(${values.map(text).join(", ")})`;
}

/** The source text of `source` evaluated only in a document of `origin`, and not on the error page in its place. */
export function onlyIn(origin, source) {
  const here = JSON.stringify(origin);
  return `(() => { if (self.origin !== ${here}) throw new Error("No document of " + ${here}); return ${source}; })()`;
}
