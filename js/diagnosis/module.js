// Why a module could not be loaded.

/** What every engine says in some way when a policy forbids WebAssembly. */
const FORBIDDEN = /\bCSP\b|Content.Security.Policy|unsafe-eval/i;

/**
 * @param {{ url: string, wasm: unknown, cause: Error, response?: Response, other?: boolean, entry: string }} about
 *   `url`: the module's address, or another name for it; `response`: what the server answered, if it did; `other`: it is of
 *   another build; `entry`: what the script was imported as
 * @param {string[]} blocked
 */
export function module({ url, wasm, cause, response, other, entry }, blocked) {
  const carry = `If a build tool made this script, it did not carry the .wasm file along: import the entry "${entry}/inline" in place of "${entry}", or copy the file and set the option wasm to its address.`;
  if (typeof WebAssembly !== "object") return "This window has no WebAssembly: a lockdown mode of the browser is on, or a script has removed it. Allow WebAssembly for this site.";
  if (blocked.some((one) => one.endsWith(" wasm-eval")) || FORBIDDEN.test(cause.message)) {
    return "The Content-Security-Policy of this page forbids WebAssembly; add 'wasm-unsafe-eval' to script-src, or to default-src if there is no script-src.";
  }
  if (other) return `${url} is of another build than the script that loads it: a cache or an unfinished deployment mixes two builds. Reload the page. If that does not help, deploy all files of one build together.`;
  const fetched = typeof wasm === "string" || wasm instanceof URL;
  if (wasm === undefined) return `This script does not know its own address, so it cannot name that of its module. ${carry}`;
  if (!fetched) return typeof wasm === "function" ? undefined : "The option wasm does not hold the module of session-bridge; give the file that came with this script.";
  if (!response) return notFetched(url, blocked);
  if (!response.ok) return `${url} answered with status ${response.status}${response.status < 500 ? `. ${carry}` : ": its server is in trouble. Try again later."}`;
  const type = response.headers.get("Content-Type") ?? "";
  if (/html/i.test(type)) return `${url} answered with HTML in place of the module. ${carry}`;
  return `${url} (type "${type}") is not a whole WebAssembly module. Serve the file as it came with this script, with type application/wasm.`;
}

function notFetched(url, blocked) {
  const { origin } = new URL(url);
  if (blocked.some((one) => /^(connect|default)-src /.test(one) && one.includes(origin))) {
    const source = origin === location.origin ? "'self'" : origin;
    return `The Content-Security-Policy of this page forbids it to fetch ${url}; add ${source} to connect-src.`;
  }
  if (location.protocol === "file:") return 'A page that is opened from a file cannot fetch the module; serve the folder over http, or import the "inline" entry of session-bridge.';
  const foreign = origin === location.origin ? "" : " It has another origin than this page, so it also has to send Access-Control-Allow-Origin.";
  return `${url} could not be fetched; check that its server runs and that this browser has a network.${foreign}`;
}
