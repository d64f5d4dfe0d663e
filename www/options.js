// Lets the address bar set options of the manager, as in `/?heartbeatMs=60000&debug`.

const NUMBERS = ["ttlMs", "requestTimeoutMs", "heartbeatMs"];
const BACKOFF = ["initialMs", "maxMs", "jitter"];

/** The options that a query string names; a name it does not know is ignored, a bad value is left for the manager to refuse. */
export function optionsFromQuery(search) {
  const query = new URLSearchParams(search);
  const numbers = (names) =>
    Object.fromEntries(names.filter((name) => query.has(name)).map((name) => [name, Number(query.get(name))]));

  const options = numbers(NUMBERS);
  const backoff = numbers(BACKOFF);
  if (Object.keys(backoff).length > 0) options.backoff = backoff;
  if (query.has("debug")) options.debug = query.get("debug") !== "false";
  return options;
}

/** The language of the service's prompt, as in `/?lang=de`, is the service page's to read. */
export function serviceQuery(search) {
  const lang = new URLSearchParams(search).get("lang");
  return lang ? `?lang=${encodeURIComponent(lang)}` : "";
}
