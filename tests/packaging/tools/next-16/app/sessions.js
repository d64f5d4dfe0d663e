import { SessionManager } from "session-bridge";

// On the server there is nothing to connect to, and it does nothing.
const { location } = globalThis;

export const sessions = new SessionManager({ serviceUrl: location ? `http://localhost:${location.port}/service.html${location.search}` : "http://localhost/service.html" });

globalThis.sessions = sessions;
