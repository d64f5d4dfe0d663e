import { SessionManager } from "session-bridge";

// A page without a grant is opened with `manual`: its test makes a manager of its own.
window.SessionManager = SessionManager;

const query = new URLSearchParams(location.search);
const number = (name) => (query.has(name) ? Number(query.get(name)) : undefined);
const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const { service } = await (await fetch("/origins.json")).json();

if (!query.has("manual")) {
  window.sessionBridge = new SessionManager({
    serviceUrl: new URL("/service.html", service),
    ...given({
      ttlMs: number("ttlMs"),
      heartbeatMs: number("heartbeatMs"),
      requestTimeoutMs: number("requestTimeoutMs"),
      backoff: given({ initialMs: number("initialMs"), maxMs: number("maxMs"), jitter: number("jitter") }),
    }),
  });
}
