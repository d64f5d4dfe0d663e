// Why a service does not answer.
import { findings } from "./examine.js";

/**
 * @param {{ serviceUrl: URL, ms: number, answered: boolean }} about `ms`: how long it was waited;
 *   `answered`: it has answered this page before
 * @param {string[]} blocked
 */
export function service({ serviceUrl, ms, answered }, blocked) {
  const where = serviceUrl.origin + serviceUrl.pathname;
  const { frame, answers, reports } = findings(serviceUrl);
  if (self.origin === "null") {
    return `This page has no origin that a grant could name (it is in a sandbox, or has a file: or data: address). Serve it over http or https; in a sandbox, add allow-same-origin.`;
  }
  if (navigator.onLine === false) return `No answer from ${where}: this browser has no network. session-bridge tries again when there is one.`;
  if (blocked.some((one) => /^(frame|child|default)-src /.test(one) && one.includes(serviceUrl.origin))) {
    return `The Content-Security-Policy of this page forbids the frame of ${where}; add ${serviceUrl.origin} to frame-src.`;
  }
  if (location.protocol === "https:" && serviceUrl.protocol === "http:" && !/^(localhost|127\.|\[::1\]|.*\.localhost$)/.test(serviceUrl.hostname)) {
    return `This page is https and ${where} is http: browsers block that as mixed content. Serve the service page over https.`;
  }
  if (reports.includes("coep")) {
    return `This page has a Cross-Origin-Embedder-Policy, and ${where} lacks the headers that it asks of frames. Send the service page with what "session-bridge headers <grants file> --embedder-policy" prints.`;
  }
  if (reports.includes("frame-ancestors")) {
    return `${where} forbids ${location.origin} to frame it (frame-ancestors). Name ${location.origin} in the grants, and send the service page with what "session-bridge headers <grants file>" prints.`;
  }
  // If the policy blocked the probe, its failure says nothing about the server.
  const asked = blocked.every((one) => !/^(connect|default)-src /.test(one) || !one.includes(serviceUrl.origin));
  if (answered) return `${where} has answered before and does not answer now: its server, the network or the frame is in trouble. session-bridge goes on trying.`;
  if (answers === false && asked) return `No server answers at ${where}. Check scheme, host and port of serviceUrl, that the server runs, and that this browser takes its certificate.`;
  if (frame?.blank) return `${where} has not loaded within ${ms} ms: its server is slow or does not answer. session-bridge goes on trying. If that does not help, check scheme, host and port of serviceUrl.`;
  // Without a scheme, a host is the beginning of a path.
  const scheme = serviceUrl.origin === location.origin && /\/[\w.-]+\.[a-z]{2,}(:\d+)?\/./i.test(serviceUrl.pathname) ? " Perhaps https:// is missing." : "";
  if (frame?.status >= 400) return `${where} answered with status ${frame.status}. Check the path of serviceUrl.${scheme}`;
  const policy = asked ? "" : ` The Content-Security-Policy of this page kept it from asking whether a server answers there; add ${serviceUrl.origin} to connect-src.`;
  return likely(serviceUrl, ms, asked && answers) + policy + scheme;
}

/** A service says nothing at all to a page without a grant: from outside that looks like no service. */
function likely({ origin, pathname }, ms, answers) {
  const observes = typeof ReportingObserver === "function";
  const grants = [`No grant names ${location.origin}`, ...(self === top ? [] : ["no grant names a page that this one is framed by"])];
  const address = "serviceUrl is not the address of the service page (open it in a tab)";
  const causes = [
    // Development servers answer every path with the page itself.
    ...(origin === location.origin ? [address, ...grants] : [...grants, address]),
    "the script of the service page failed, or does not call startSessionService (look at the console there)",
    `the service page has the header X-Frame-Options${observes ? "" : `, or a frame-ancestors without ${location.origin}`}`,
    ...(crossOriginIsolated && !observes ? ["the service page lacks what the Cross-Origin-Embedder-Policy of this page asks for (session-bridge headers --embedder-policy)"] : []),
    ...(answers ? [] : ["no server runs at that scheme, host and port"]),
  ];
  const ruledOut = ["no network", "frame-src of this page", ...(answers ? ["no server at that address"] : []), ...(observes ? ["frame-ancestors", "Cross-Origin-Embedder-Policy"] : [])];
  const numbered = causes.map((cause, at) => `(${at + 1}) ${cause}`).join("; ");
  return `No session service at ${origin + pathname} answered within ${ms} ms. Likely causes, in this order: ${numbered}. Ruled out: ${ruledOut.join(", ")}. With debug: true, startSessionService logs whom it refuses.`;
}
