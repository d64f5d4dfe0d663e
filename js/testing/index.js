// "session-bridge/testing": the real manager and the real service in one process.
export { SessionError } from "../error.js";
export { createTestBridge } from "./bridge.js";
