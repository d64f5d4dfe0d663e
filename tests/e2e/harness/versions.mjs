/**
 * The versions after `from` and up to `to` that the page never stood at. Its snapshots tell, and not its events alone: a
 * commit that holds nothing but refusals changes no session, and is a version all the same.
 */
export function holes(recorded, from, to) {
  const seen = new Set(recorded.filter(({ type }) => type === "snapshot").map(({ version }) => version));
  const missing = [];
  for (let seq = from + 1; seq <= to; seq += 1) if (!seen.has(seq)) missing.push(seq);
  return missing;
}

/**
 * The steps by which the recorded `count` of a session did not rise. A function update is sent as the patch it makes,
 * so one that is applied a second time does not add twice: it sets the count back to where it was.
 */
export function stepsBack(recorded, id) {
  const counts = recorded.filter((event) => event.type === "session_updated" && event.id === id).map(({ count }) => count);
  return counts.slice(1).flatMap((count, index) => (count > counts[index] ? [] : [`${counts[index]} → ${count}`]));
}
