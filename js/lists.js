// Lists of listeners, handled in syntax alone: a page can replace the methods of sets and arrays.

/** The list without this one. */
export function without(list, item) {
  const rest = [];
  for (let at = 0; at < list.length; at++) if (list[at] !== item) rest[rest.length] = list[at];
  return rest;
}

/**
 * Calls `tell` with each entry that is in the list now. An entry that is removed meanwhile is skipped. To remove an entry is to
 * replace the list (`without`), so `list` is asked anew each time.
 */
export function eachThat(list, tell) {
  const before = list();
  const { length } = before;
  for (let at = 0; at < length; at++) if (list() === before || isIn(list(), before[at])) tell(before[at]);
}

function isIn(list, item) {
  for (let at = 0; at < list.length; at++) if (list[at] === item) return true;
  return false;
}
