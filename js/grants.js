// The owner's list of grants, checked. The one reader of it: the service at run time and the headers of its page use this.
import { only } from "./check.js";
import { invalid } from "./error.js";

/** The grants, each `{ origin, write }`. */
export function readGrants(grants) {
  if (!Array.isArray(grants) || !grants.length) throw invalid("grants", 'must list at least one origin, as in [{ origin: "https://shop.example", read: "*", write: true }].');
  const origins = new Set();
  return Array.from(grants, (grant, at) => readGrant(grant, `grants[${at}]`, origins));
}

function readGrant(grant, path, origins) {
  only(grant, path, ["origin", "read", "write"]);
  const { origin, read, write = false } = grant;
  if (!isOrigin(origin)) {
    throw invalid(`${path}.origin`, `must be one exact origin: scheme, host, and a port that is not the scheme's own, as in "https://shop.example" or "http://localhost:8080".`);
  }
  if (origins.has(origin)) throw invalid(`${path}.origin`, "has a grant already.");
  origins.add(origin);
  if (read !== "*") throw invalid(`${path}.read`, 'must be "*".');
  if (typeof write !== "boolean") throw invalid(`${path}.write`, "must be true or false.");
  return { origin, write };
}

/**
 * Whether it is a serialized http(s) origin, letter for letter as browsers write it. To URLs an asterisk, a quote or a
 * semicolon is a letter of a host like any other; no host has one, and in a header it would mean something else.
 */
function isOrigin(value) {
  try {
    return typeof value === "string" && /^https?:\/\/[a-z0-9._:[\]-]+$/.test(value) && new URL(value).origin === value;
  } catch {
    return false;
  }
}
