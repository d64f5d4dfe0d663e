/** The `count` of the session "counter" in a snapshot; NaN without that session. */
export const countIn = ({ sessions }) => sessions.find(({ id }) => id === "counter")?.data.count ?? NaN;

/** The ids of a snapshot's sessions, sorted. */
export const idsIn = ({ sessions }) => sessions.map(({ id }) => id).sort();
