// A manager of a service that a test speaks for. `?place=` says what element receives the iframe, `?timeout=` how long it waits.
import { SessionManager } from "/package/manager.js";

const { service } = await (await fetch("/origins.json")).json();
const minute = 60_000;

const PLACES = {
  none: () => undefined,
  element: () => document.getElementById("place"),
  shadow: () => document.getElementById("place").attachShadow({ mode: "closed" }).appendChild(document.createElement("div")),
  hidden: () => Object.assign(document.getElementById("place"), { hidden: true }),
  detached: () => document.createElement("div"),
};

const query = new URLSearchParams(location.search);
const container = PLACES[query.get("place") ?? "none"]();

window.make = (options) =>
  new SessionManager({ serviceUrl: `${service}/fake-service.html`, heartbeatMs: minute, ttlMs: minute, requestTimeoutMs: Number(query.get("timeout") ?? minute), container, ...options });
window.place = container;
if (!location.search.includes("detached")) window.manager = make();
