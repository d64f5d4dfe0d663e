// What differs from run to run in a log, in a form that does not.

/** Times become their rank among all times of the run, versions likewise, and round trips are left out. */
export function normal(logs) {
  const times = ranks(logs, ["createdAt", "lastActiveAt"]);
  const versions = ranks(logs, ["version"]);
  const read = (key, value) => {
    if (key === "roundTripMs") return "some";
    if (key === "createdAt" || key === "lastActiveAt") return times.get(value);
    if (key === "version" && typeof value === "number") return versions.get(value);
    return value;
  };
  return JSON.parse(JSON.stringify(logs, read));
}

/** The numbers that stand under these names anywhere, each with its rank. */
function ranks(value, names) {
  const found = new Set();
  JSON.stringify(value, (key, member) => {
    if (names.includes(key) && typeof member === "number") found.add(member);
    return member;
  });
  return new Map([...found].sort((a, b) => a - b).map((number, at) => [number, at]));
}
