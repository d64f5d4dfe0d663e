// What the prompt says, and in which language.
import ar from "./languages/ar.js";
import de from "./languages/de.js";
import en from "./languages/en.js";
import es from "./languages/es.js";
import fr from "./languages/fr.js";
import ja from "./languages/ja.js";

export const LANGUAGES = { ar, de, en, es, fr, ja };

/** Scripts that are written from right to left, by the codes that BCP 47 uses. */
const RIGHT_TO_LEFT = ["Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"];
/** In a name these could reorder the sentence around it. */
const BEYOND_LATIN = /[^ -\u024f]/;
const ISOLATE = "\u2068";
const END_OF_ISOLATE = "\u2069";

/**
 * What to say, in the first language that the prompt speaks, or else in English. The owner's own texts take the place of single ones.
 *
 * @param {object} given
 * @param {string | undefined} given.lang what the owner decided; nothing else counts then
 * @param {readonly string[]} given.likely what is known of the person's language, best first
 * @param {Record<string, string> | undefined} given.texts the owner's own
 * @param {{ site: string, owner: string, url: string }} given.names
 * @returns {{ lang: string, dir: "ltr" | "rtl", texts: Record<string, string> }}
 */
export function speak({ lang, likely, texts = {}, names }) {
  const wanted = lang === undefined ? likely : [lang];
  const found = wanted.map(languageOf).find((language) => Object.hasOwn(LANGUAGES, language ?? ""));
  // A language that is not there is the one of the texts that the owner brings.
  const brought = found === undefined && lang !== undefined && Object.keys(texts).length > 0;
  const spoken = brought ? lang : (found ?? "en");
  const dir = directionOf(spoken);
  const fill = (text) => text.replace(/\{(site|owner|url)\}/g, (_, name) => isolated(names[name], dir));
  const all = Object.entries(LANGUAGES[found ?? "en"]);
  return { lang: spoken, dir, texts: Object.fromEntries(all.map(([name, text]) => [name, fill(texts[name] ?? text)])) };
}

/** `de` of `de-AT`; nothing if it is no language tag. */
function languageOf(tag) {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return undefined;
  }
}

function directionOf(tag) {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(tag).maximize().script) ? "rtl" : "ltr";
}

/** A name in a sentence keeps to itself, whatever the direction of either. */
function isolated(name, dir) {
  return dir === "rtl" || BEYOND_LATIN.test(name) ? ISOLATE + name + END_OF_ISOLATE : name;
}
