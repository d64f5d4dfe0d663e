// "session-bridge": what a page imports.
export { SessionError } from "./error.js";
export { SessionManager } from "./manager.js";
