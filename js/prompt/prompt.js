// The service's own prompt: asks the person whether a site may share the owner's storage, and does what they say.
import { declined, isQuiet } from "./quiet.js";
import { speak } from "./texts.js";
import { view } from "./view.js";
import { visit } from "./visit.js";

/** How long the good news stands. */
const DONE_MS = 1_200;

/** The owner's name for the site, if it is a text: a prompt with the host in its place is better than none. */
function named(siteName, origin) {
  try {
    const name = typeof siteName === "function" ? siteName(origin) : siteName;
    return typeof name === "string" ? name.trim() : "";
  } catch {
    return "";
  }
}

/**
 * Opens the prompt; nothing of it is shown where the person declined a short while ago.
 *
 * @param {object} prompt
 * @param {string} prompt.origin of the site that asks, as the browser says
 * @param {string} [prompt.lang] the language of its page, as the page says; it may be anything
 * @param {{ lang?: string, texts?: object, siteName?: string | ((origin: string) => string), ownerName?: string, visitUrl: string, quietMs: number }} prompt.options
 * @param {{ grant: () => Promise<"granted" | "visit" | "refused">, select: () => Promise<void> }} prompt.access
 *   `grant` is called in the very handler of the click, which the browser asks for
 * @param {() => void} prompt.shown it stands, and wants to be seen
 * @param {() => void} prompt.over called once, unless it is taken away before
 * @returns {(declined?: boolean) => void} takes it away
 */
export function openPrompt({ origin, lang, options, access, shown, over }) {
  if (isQuiet(origin, options.quietMs)) {
    over();
    return () => {};
  }
  const { siteName, ownerName, visitUrl } = options;
  const hosts = { site: new URL(origin).host, owner: location.host };
  const site = named(siteName, origin) || hosts.site;
  const owner = ownerName || hosts.owner;
  const likely = [lang, document.documentElement.lang, ...navigator.languages];
  const speech = speak({ lang: options.lang, likely, texts: options.texts, names: { site, owner, url: visitUrl } });
  const { texts } = speech;
  const sites = [{ name: site, host: hosts.site }, { name: owner, host: hosts.owner }];

  let open = true;
  let visited;
  let timer;
  const end = (isDeclined) => {
    open = false;
    clearTimeout(timer);
    visited?.end();
    shows.end();
    if (isDeclined) declined(origin);
  };
  const finish = (isDeclined) => {
    if (!open) return;
    end(isDeclined);
    over();
  };
  let settled = false;
  const turnAway = () => finish(!settled);

  const shows = view(sites, speech, turnAway);
  const deny = { label: texts.deny, run: turnAway };
  const choose = (label, run) => [deny, { label, run, primary: true, guarded: true }];

  /** In the handler of a click. */
  const allow = () => {
    // Before anything else: what the click allows is gone once other code has waited.
    const asked = access.grant();
    shows.show("working", texts.askTitle, texts.working, [deny]);
    asked.then(answered, () => answered("refused"));
  };
  const answered = (answer) => {
    if (!open) return;
    if (answer === "visit") return shows.show("visit", texts.visitTitle, texts.visitText, choose(texts.visit, leave));
    settled = answer === "granted";
    if (!settled) return shows.show("failed", texts.failedTitle, texts.failedText, [{ label: texts.close, run: turnAway, primary: true }]);
    shows.show("done", texts.doneTitle, texts.doneText, [{ label: texts.close, run: turnAway, primary: true }]);
    timer = setTimeout(turnAway, DONE_MS);
  };
  const leave = () => {
    visited?.end();
    visited = visit(visitUrl, () => {
      access.select();
      shows.restart();
    });
    shows.show("away", texts.visitTitle, visited.opened ? texts.returnText : texts.blockedText, choose(texts.retry, allow));
  };

  shows.show("ask", texts.askTitle, texts.askText, choose(texts.allow, allow));
  shown();
  return (isDeclined) => {
    if (open) end(isDeclined);
  };
}
