// The options of the service's prompt, checked and with their defaults.
import { number, only, text, wrong } from "./check.js";

const HOUR_MS = 3_600_000;
/** The texts that can be replaced. */
export const TEXT_NAMES = [
  "askTitle", "askText", "allow", "deny", "working", "visitTitle", "visitText", "visit", "returnText", "blockedText",
  "retry", "doneTitle", "doneText", "failedTitle", "failedText", "close", "wait", "covered", "small",
];

export function readPromptOptions(options = {}) {
  only(options, "prompt", ["lang", "texts", "siteName", "ownerName", "visitUrl", "quietMs"]);
  const { lang, texts = {}, siteName, ownerName, quietMs = HOUR_MS } = options;
  if (lang !== undefined && !isLanguage(lang)) throw wrong("prompt.lang", 'a language tag of BCP 47, such as "de" or "pt-BR"', lang);
  only(texts, "prompt.texts", TEXT_NAMES);
  for (const [name, value] of Object.entries(texts)) if (value !== undefined) text(value, `prompt.texts.${name}`);
  if (siteName !== undefined && typeof siteName !== "function") text(siteName, "prompt.siteName");
  if (ownerName !== undefined) text(ownerName, "prompt.ownerName");
  number(quietMs, "prompt.quietMs", 0, Number.MAX_SAFE_INTEGER);
  return { lang, texts, siteName, ownerName, visitUrl: readUrl(options.visitUrl), quietMs };
}

/** Whether it is well-formed; which languages there are does not matter. */
function isLanguage(tag) {
  try {
    return typeof tag === "string" && Boolean(new Intl.Locale(tag));
  } catch {
    return false;
  }
}

function readUrl(value = "/") {
  try {
    const url = new URL(value, globalThis.location?.href ?? "http://localhost");
    if ((typeof value === "string" || value instanceof URL) && /^https?:$/.test(url.protocol)) return url.href;
  } catch {
    // Said below.
  }
  throw wrong("prompt.visitUrl", "an http or https address", value);
}
