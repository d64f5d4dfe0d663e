/** What to call a session: the name in its data, which another application may not have written, else its user. */
export const sessionName = (session) => String(session.data.name ?? session.userId);

/** Whatever direction a name is written in, it does not turn the sentence around it. */
export const isolated = (name) => `\u2068${name}\u2069`;

/** The name as it stands in a sentence. */
export const quoted = (session) => `“${isolated(sessionName(session))}”`;
