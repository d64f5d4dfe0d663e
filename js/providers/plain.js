// Lists and JSON texts by syntax alone: a script of the service's page may have replaced `Array.from`, and added `toJSON` to lists.

/** `make(0)` to `make(length - 1)`; none where `length` is negative. */
export function listOf(length, make) {
  const list = [];
  for (let at = 0; at < length; at++) list.push(make(at));
  return list;
}

/** The JSON text of objects, lists, texts, numbers and null. */
export function textOf(value) {
  if (Array.isArray(value)) return `[${listOf(value.length, (at) => textOf(value[at])).join(",")}]`;
  if (typeof value !== "object" || !value) return JSON.stringify(value);
  return `{${Object.keys(value).map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`).join(",")}}`;
}
