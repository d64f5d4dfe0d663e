// "session-bridge/headers": what the owner's server sends along with the service page.
import { only } from "./check.js";
import { invalid } from "./error.js";
import { readGrants } from "./grants.js";

export { SessionError } from "./error.js";

/**
 * The headers of the service page, in order. From the same grants as the run-time check, so that the two cannot differ.
 */
export function serviceHeaders(options) {
  only(options, "options", ["grants", "embedderPolicy"]);
  const { grants, embedderPolicy = false } = options;
  const origins = readGrants(grants).map(({ origin }, at) => {
    if (origin.includes("[")) throw invalid(`grants[${at}].origin`, "must be a name or an IPv4 address; found an IPv6 address, for which frame-ancestors has no form (CSP Level 3).");
    return origin;
  });
  return [
    // Who may frame the page. The browser holds it against every page around the frame, not only the next one. To it, an
    // asterisk stands for any number of labels: this is the outer fence, and the run-time check the inner one.
    ["Content-Security-Policy", `frame-ancestors ${origins.join(" ")}`],
    // A grant that the user gave before is in force from the first byte on (Storage Access Headers).
    ["Activate-Storage-Access", "load"],
    ["Vary", "Sec-Fetch-Storage-Access"],
    // A host page under Cross-Origin-Embedder-Policy: require-corp takes in nothing that does not say this.
    ["Cross-Origin-Resource-Policy", "cross-origin"],
    // The page names the scripts of one build: a stale one would look for files that a deployment has removed.
    ["Cache-Control", "no-cache"],
    ...(embedderPolicy ? [["Cross-Origin-Embedder-Policy", "require-corp"]] : []),
  ];
}
