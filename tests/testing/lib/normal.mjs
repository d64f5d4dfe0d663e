// What differs from run to run in a log, in a form that does not.
import assert from "node:assert/strict";

/**
 * Times become one word, and round trips are left out: whether a clock ticks between two sessions is the machine's affair. What must
 * hold of the times of any run is asked here. Versions become their rank among all versions of the run.
 */
export function normal(logs) {
  timesHold(logs);
  const versions = ranks(logs, "version");
  const read = (key, value) => {
    if (key === "roundTripMs") return "some";
    if (key === "createdAt" || key === "lastActiveAt") return "a time";
    if (key === "version" && typeof value === "number") return versions.get(value);
    return value;
  };
  return JSON.parse(JSON.stringify(logs, read));
}

/** A session that the authority knows keeps the time of its creation, and was active no earlier than that. */
function timesHold(logs) {
  const created = new Map();
  JSON.stringify(logs, (_, value) => {
    if (value?.createdAt === undefined || value.pending) return value;
    const { id, createdAt, lastActiveAt } = value;
    assert.ok(Number.isInteger(createdAt) && Number.isInteger(lastActiveAt), `${id}: whole milliseconds`);
    assert.ok(lastActiveAt >= createdAt, `${id} was active at ${lastActiveAt}, created at ${createdAt}`);
    assert.equal(createdAt, created.get(id) ?? createdAt, `${id} was created once`);
    created.set(id, createdAt);
    return value;
  });
  assert.ok(created.size > 0, "sessions with times were told");
}

/** The numbers that stand under this name anywhere, each with its rank. */
function ranks(value, name) {
  const found = new Set();
  JSON.stringify(value, (key, member) => {
    if (key === name && typeof member === "number") found.add(member);
    return member;
  });
  return new Map([...found].sort((a, b) => a - b).map((number, at) => [number, at]));
}
