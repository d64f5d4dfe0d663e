/** What to call a session: the name in its data, which another application may not have written, else its user. */
export const sessionName = (session) => String(session.data.name ?? session.userId);
