// Looks into a service that does not answer, before the time for it is up.

/** What was found, by the service's address. */
const found = new Map();
/** What the browser itself reports: what it blocked, and why. Chromium alone tells so of a frame. */
const reports = [];
/** The last so many: a page may violate a policy of its own as long as it lives. */
const MOST_REPORTS = 99;
let observer;

/**
 * Finds out what takes time. It resolves when that is known, and never rejects.
 *
 * @param {{ what: string, serviceUrl?: URL, ms?: number, answered?: boolean }} about as it is described
 */
export async function examine({ what, serviceUrl, ms, answered }) {
  if (what !== "service") return;
  observe();
  // Where a service has answered before, a server is known. What the frame shows by now is no reason to wait: a busy browser
  // shows an error page late, and nothing is asked again before the time is up.
  if (!answered) found.set(serviceUrl.href, { answers: await answers(serviceUrl, ms / 2) });
}

/** What is known of the frame of this service, and of what was reported of it. */
export function findings(serviceUrl) {
  const concerns = ({ body = {} }) => [body.blockedURL, body.documentURL].some((url) => originOf(url) === serviceUrl.origin);
  return { ...found.get(serviceUrl.href), frame: frameOf(serviceUrl), reports: reports.filter(concerns).map(({ type, body }) => (type === "coep" ? type : body.effectiveDirective)) };
}

const originOf = (url) => {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
};

function observe() {
  if (observer || typeof ReportingObserver !== "function") return;
  const keep = (more) => {
    for (const report of more) if (report.body?.disposition !== "report") reports.push(report.toJSON());
    reports.splice(0, reports.length - MOST_REPORTS);
  };
  observer = new ReportingObserver(keep, { types: ["coep", "csp-violation"], buffered: true });
  observer.observe();
}

/** The addresses of which a frame has shown more than its first document. The next frame shows that one again, for a while. */
const loaded = new Set();

/** The frames of this address: whether all show their first document still, and the status of the answer, if that is known. */
function frameOf({ href }) {
  const frames = [...Document.prototype.querySelectorAll.call(document, "iframe")].filter(({ src }) => src === href);
  const { responseStatus } = performance.getEntriesByName(href, "resource").at(-1) ?? {};
  if (!frames.length) return responseStatus ? { status: responseStatus } : undefined;
  // Of a document of another origin, an error page's too, a page sees none.
  if (frames.some(({ contentDocument }) => contentDocument?.URL !== "about:blank")) loaded.add(href);
  return { blank: !loaded.has(href), status: responseStatus || undefined };
}

/**
 * Whether any server answers at the address; `undefined` if that cannot be told within `ms`, which is what is left when half
 * of the time is over. It carries no cookie and no referrer, and what it brings is not kept.
 */
async function answers({ href }, ms) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ms);
  try {
    await fetch(href, { method: "HEAD", mode: "no-cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: abort.signal });
    return true;
  } catch {
    return abort.signal.aborted ? undefined : false;
  } finally {
    clearTimeout(timer);
  }
}
