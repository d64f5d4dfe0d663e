// What a function made of a session's data, as a merge patch of the data that it was given.

const { isArray } = Array;
const { hasOwn, is, keys } = Object;

const isObject = (value) => typeof value === "object" && value !== null && !isArray(value);

/** Whether two values of JSON are the same, whatever the order of members. */
export function isSame(one, other) {
  if (is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other || isArray(one) !== isArray(other)) return false;
  const names = keys(one);
  if (names.length !== keys(other).length) return false;
  // Not `for … of`: what shows is compared by this, also where a page has broken loops over lists.
  for (let at = 0; at < names.length; at++) if (!hasOwn(other, names[at]) || !isSame(one[names[at]], other[names[at]])) return false;
  return true;
}

/**
 * The members of `after` that differ from those of `before`; of objects in both, the members of theirs that do. What `after` lacks
 * is not removed: it is a patch.
 */
export function differing(before, after) {
  // Without a prototype each name is a member like any other.
  const patch = { __proto__: null };
  for (const name of keys(after)) {
    const made = after[name];
    const was = hasOwn(before, name) ? before[name] : undefined;
    if (isObject(was) && isObject(made)) {
      const inside = differing(was, made);
      if (keys(inside).length) patch[name] = inside;
    } else if (!isSame(was, made)) {
      patch[name] = made;
    }
  }
  return patch;
}
