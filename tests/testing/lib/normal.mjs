// What differs from run to run in a log, in a form that does not.
import assert from "node:assert/strict";

const TIMES = ["createdAt", "lastActiveAt", "expiresAt"];

/**
 * Times become the number of the step that first tells them, and round trips are left out: whether a clock ticks within a step is the
 * machine's affair. What must hold of the times of any run is asked here. Versions become their rank among all versions of the run.
 *
 * @param {object[]} logs one for each step. The clock has to tick between two steps.
 */
export function normal(logs) {
  timesHold(logs);
  const times = steps(logs, TIMES);
  const versions = ranks(logs, "version");
  const read = (key, value) => {
    if (key === "roundTripMs") return "some";
    if (TIMES.includes(key) && value !== null) return times.get(value);
    if (key === "version" && typeof value === "number") return versions.get(value);
    return value;
  };
  return JSON.parse(JSON.stringify(logs, read));
}

/** A session that the authority knows keeps the time of its creation, was active no earlier than that, and lives for a minute at least. */
function timesHold(logs) {
  const created = new Map();
  JSON.stringify(logs, (_, value) => {
    if (value?.createdAt === undefined || value.pending) return value;
    const { id, createdAt, lastActiveAt, expiresAt } = value;
    assert.ok(Number.isInteger(createdAt) && Number.isInteger(lastActiveAt), `${id}: whole milliseconds`);
    assert.ok(lastActiveAt >= createdAt, `${id} was active at ${lastActiveAt}, created at ${createdAt}`);
    assert.ok(expiresAt === null || (Number.isInteger(expiresAt) && expiresAt >= createdAt + 60_000), `${id} was created at ${createdAt}, and expires at ${expiresAt}`);
    assert.equal(createdAt, created.get(id) ?? createdAt, `${id} was created once`);
    created.set(id, createdAt);
    return value;
  });
  assert.ok(created.size > 0, "sessions with times were told");
}

/** The numbers that stand under these names anywhere, each with the place of the first log that has it. */
function steps(logs, names) {
  const first = new Map();
  for (const [at, log] of logs.entries()) for (const number of numbers(log, names)) if (!first.has(number)) first.set(number, at);
  return first;
}

/** The numbers that stand under this name anywhere, each with its rank. */
const ranks = (logs, name) => new Map([...numbers(logs, [name])].sort((a, b) => a - b).map((number, at) => [number, at]));

/** The numbers that stand under these names anywhere. */
function numbers(value, names) {
  const found = new Set();
  JSON.stringify(value, (key, member) => {
    if (names.includes(key) && typeof member === "number") found.add(member);
    return member;
  });
  return found;
}
