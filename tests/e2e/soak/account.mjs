// What must be in the store, from what every page that ever wrote knows of its writes.

/**
 * Judges the sessions that are there in the end.
 *
 * A page that dies with a write open does not learn what becomes of it: it may be there, once, or not. Every other write is
 * either confirmed, and then it is there, or refused, and then it is not.
 *
 * @param {{ kind: "add" | "remove" | "count", id: string, state: string }[]} writes of all pages
 * @param {{ id: string, data: { count?: number } }[]} sessions
 * @returns {{ faults: string[], confirmed: number, refused: number, unknown: number, unknownApplied: number }}
 */
export function settle(writes, sessions) {
  const there = new Map(sessions.map((session) => [session.id, session]));
  const faults = [];
  const of = (kind, id, state) => writes.filter((one) => one.kind === kind && one.id === id && one.state === state).length;
  let unknownApplied = 0;
  const ids = new Set(writes.map(({ id }) => id));
  for (const id of there.keys()) if (!ids.has(id)) faults.push(`${id} is there, and nobody added it`);
  for (const id of ids) {
    const added = of("add", id, "confirmed");
    const removed = of("remove", id, "confirmed");
    const mayBe = of("add", id, "open") > 0;
    const mayBeGone = of("remove", id, "open") > 0;
    if (there.has(id)) {
      if (removed > 0) faults.push(`${id} is there after its removal was confirmed`);
      else if (added === 0 && !mayBe) faults.push(`${id} is there, though its addition was refused`);
      else if (added === 0) unknownApplied += 1;
      const least = of("count", id, "confirmed");
      const most = least + of("count", id, "open");
      const count = there.get(id).data.count ?? 0;
      if (count < least || count > most) faults.push(`${id} counts ${count}, and ${least} to ${most} increments were made`);
      unknownApplied += Math.max(0, count - least);
    } else if (added > 0 && removed === 0 && !mayBeGone) faults.push(`${id} is not there, though its addition was confirmed`);
    else if (removed === 0 && mayBeGone) unknownApplied += 1;
  }
  const confirmed = writes.filter(({ state }) => state === "confirmed").length;
  const unknown = writes.filter(({ state }) => state === "open").length;
  return { faults, confirmed, refused: writes.length - confirmed - unknown, unknown, unknownApplied };
}
