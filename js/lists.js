// Lists of who is told, in syntax alone: a page can replace what sets and lists do.

/** The list without this one. */
export function without(list, item) {
  const rest = [];
  for (let at = 0; at < list.length; at++) if (list[at] !== item) rest[rest.length] = list[at];
  return rest;
}

/** Tells each that is there now, but not one that leaves while the others are told. A list that one leaves is another one then. */
export function eachThat(list, tell) {
  const before = list();
  const { length } = before;
  for (let at = 0; at < length; at++) if (list() === before || isIn(list(), before[at])) tell(before[at]);
}

function isIn(list, item) {
  for (let at = 0; at < list.length; at++) if (list[at] === item) return true;
  return false;
}
