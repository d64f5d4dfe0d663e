// The owner's list of grants, checked. The one reader of it: the service at run time and the headers of its page use this.
import { only, text, wrong } from "./check.js";
import { invalid } from "./error.js";

/** In the order of their bits. */
const OPERATIONS = ["add", "update", "remove", "activate"];

/**
 * Hosts below which everybody can have a name: top-level domains, the usual second levels of countries, and well-known
 * providers. Only the commonest: the whole list (publicsuffix.org) has ten thousand entries and changes every week.
 */
const COUNTRYWIDE = /^(ac|co|com|edu|go|gov|me|mil|ne|net|or|org)\.[a-z]{2}$/;
const PROVIDERS =
  "appspot.com azurewebsites.net blogspot.com cloudfront.net deno.dev firebaseapp.com fly.dev github.io gitlab.io glitch.me herokuapp.com neocities.org netlify.app ngrok-free.app ngrok.app ngrok.io onrender.com pages.dev repl.co s3.amazonaws.com surge.sh vercel.app web.app workers.dev".split(" ");

/** The grants as the core takes them: each `{ origin, keys, write, requests }`, with keys as JSON text (`null`: all) and operations as bits. */
export function readGrants(grants) {
  if (!Array.isArray(grants) || !grants.length) throw wrong("grants", 'a list of at least one origin, as in [{ origin: "https://shop.example", read: "*", write: true }]', grants);
  const origins = new Set();
  return listed(grants, (grant, at) => {
    const read = readGrant(grant, `grants[${at}]`);
    if (origins.has(read.origin)) throw invalid(`grants[${at}].origin`, `has a grant already: ${JSON.stringify(read.origin)} must be listed once; put what it may do into one grant.`);
    origins.add(read.origin);
    return read;
  });
}

/** What `read` makes of each member, holes too; `map` would step over them. */
function listed(members, read) {
  const all = [];
  for (let at = 0; at < members.length; at++) all.push(read(members[at], at));
  return all;
}

function readGrant(grant, path) {
  const { origin, read, write = false, requests = false } = only(grant, path, ["origin", "read", "write", "requests"]);
  checkOrigin(origin, `${path}.origin`);
  if (typeof requests !== "boolean") throw wrong(`${path}.requests`, "true or false", requests);
  return { origin, keys: keys(read, `${path}.read`), write: operations(write, `${path}.write`), requests };
}

/** One exact origin, letter for letter as browsers write it; or `*.` before its host for every host with one label more. */
function checkOrigin(value, path) {
  const wide = typeof value === "string" && /^https?:\/\/\*\./.test(value);
  const host = wide ? value.replace("*.", "") : value;
  // With a label before it, a host that cannot have one, such as 127.0.0.1, is none.
  if (!isOrigin(host) || (wide && !isOrigin(value.replace("*", "x")))) {
    const accepted = `one exact origin: scheme, host, and a port that is not the scheme's own, as in "https://shop.example" or "http://localhost:8080"; or "https://*.shop.example" for every host with one label more`;
    throw wrong(path, accepted, value, instead(value));
  }
  const { hostname } = new URL(host);
  if (wide && (!hostname.includes(".") || COUNTRYWIDE.test(hostname) || PROVIDERS.includes(hostname))) {
    throw invalid(path, `must not stand for all of ${JSON.stringify(hostname)}, where everybody can have a name: list the origins one by one, or write "*." before a name of your own.`);
  }
}

/**
 * To URLs an asterisk, a quote or a semicolon is a letter of a host like any other; no host has one, and in a header it
 * would mean something else. A host with a dot at its end is another one than the same without it, and hardly meant.
 */
function isOrigin(value) {
  return typeof value === "string" && /^https?:\/\/[a-z0-9._:[\]-]+$/.test(value) && !/\.(:\d+)?$/.test(value) && originOf(value) === value;
}

function originOf(value) {
  try {
    return new URL(value).origin;
  } catch {
    return undefined;
  }
}

/** What was probably meant. */
function instead(value) {
  const origin = typeof value === "string" ? originOf(value)?.replace(/\.(:\d+)?$/, "$1") : undefined;
  return isOrigin(origin) ? ` Write ${JSON.stringify(origin)}.` : "";
}

/** What it sees of `data`: `null` for all of it, else the keys, spelled as in JSON text. */
function keys(read, path) {
  if (read === "*") return null;
  if (!Array.isArray(read) || read.includes("*")) throw wrong(path, '"*", or a list of keys of data as in ["name", "userId"]', read);
  return [...new Set(listed(read, (key, at) => JSON.stringify(text(key, `${path}[${at}]`))))].sort();
}

function operations(write, path) {
  const list = Array.isArray(write) ? write : write === true ? OPERATIONS : [];
  const named = OPERATIONS.map((name) => `"${name}"`).join(", ");
  if (list !== write && typeof write !== "boolean") throw wrong(path, `true, false, or a list of some of ${named}`, write);
  listed(list, (name, at) => {
    if (!OPERATIONS.includes(name)) throw wrong(`${path}[${at}]`, `one of ${named}`, name);
  });
  return OPERATIONS.reduce((bits, name, at) => bits | (Number(list.includes(name)) << at), 0);
}
