// The options of a test bridge, checked and with their defaults.
import { number, only, text } from "../check.js";
import { invalid } from "../error.js";
import { readGrants } from "../grants.js";

/** Given on to the service, which checks them. */
const OF_SERVICE = ["limits", "defaultTtlMs", "recoveryMs", "maxLifetimeMs", "cleanupMs", "requests", "defaults"];
const NAMES = ["grants", "sessions", "active", "origin", ...OF_SERVICE, "manager", "now"];
const ORIGIN = "https://app.example";
/** The last moment that a date can stand for. */
const LATEST = 8.64e15;

export function readTestOptions(options = {}) {
  only(options, "options", NAMES);
  const { sessions = [], active = null, manager = {}, now = Date.now() } = options;
  if (options.grants !== undefined) readGrants(options.grants);
  const origin = options.origin ?? firstOrigin(options.grants);
  checkOrigin(origin, "origin");
  const { grants = [{ origin, read: "*", write: true, requests: true }] } = options;
  if (!Array.isArray(sessions)) throw invalid("sessions", "must be a list of sessions as addSession takes them.");
  number(now, "now", 0, LATEST);
  const service = Object.fromEntries(OF_SERVICE.map((name) => [name, options[name]]));
  return { grants, sessions, active, origin, service, manager, now };
}

/** Refuses what is not an origin as browsers write it. */
export function checkOrigin(value, path) {
  let origin;
  try {
    ({ origin } = new URL(text(value, path)));
  } catch {
    // Said below.
  }
  if (origin !== value) throw invalid(path, `must be one exact origin, as in "${ORIGIN}".`);
}

/** The first origin that is granted by name; one of its own where there are no grants. */
function firstOrigin(grants) {
  if (!grants) return ORIGIN;
  const named = grants.find((grant) => !grant.origin.includes("*"));
  if (!named) throw invalid("origin", "must say which page the manager is on, since each of the grants stands for many.");
  return named.origin;
}
