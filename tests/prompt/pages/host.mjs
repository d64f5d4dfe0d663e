// A manager of a service that a test speaks for. `?place=` says what element receives the iframe.
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

const container = PLACES[new URLSearchParams(location.search).get("place") ?? "none"]();

window.make = (options) =>
  new SessionManager({ serviceUrl: `${service}/fake-service.html`, heartbeatMs: minute, ttlMs: minute, requestTimeoutMs: minute, container, ...options });
window.place = container;
if (!location.search.includes("detached")) window.manager = make();
