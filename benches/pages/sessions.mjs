// The sessions that are written and read, the same for all candidates.

export const COUNT = 100;

const CREATED_AT = 1_700_000_000_000;

export const idOf = (at) => `session-${at % COUNT}`;

/** As much to store as session-bridge shows of such a session. */
export const sessionOf = (at, edits) => ({
  id: idOf(at),
  userId: `user-${at % COUNT}`,
  createdAt: CREATED_AT + (at % COUNT),
  lastActiveAt: CREATED_AT + edits,
  expiresAt: CREATED_AT + edits + 2_592_000_000,
  status: "valid",
  version: edits,
  pending: false,
  data: { name: `Person ${at % COUNT}`, edits },
});

export const textOf = (at, edits) => JSON.stringify(sessionOf(at, edits));

/** Sessions in a store of texts by key, which answers when a text is stored. */
export const kept = ({ put, list, level }) => {
  const write = (at, edits) => put(idOf(at), textOf(at, edits));
  return { add: (at) => write(at, 0), write, read: async () => (await list()).length, level: () => level() };
};
