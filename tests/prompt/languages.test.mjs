// What the prompt says in which language; the texts themselves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readPromptOptions } from "../../js/prompt-options.js";
import { LANGUAGES, speak } from "../../js/prompt/texts.js";

const names = { site: "Shop", owner: "Harbour", url: "https://harbour.example/" };
const say = (given) => speak({ likely: [], names, ...given });
const langOf = (...likely) => say({ likely }).lang;

test("every language says everything that English says, with the same names in it", () => {
  assert.deepEqual(Object.keys(LANGUAGES).sort(), ["ar", "de", "en", "es", "fr", "ja"]);
  const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [lang, texts] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(texts), Object.keys(LANGUAGES.en), lang);
    for (const [name, text] of Object.entries(texts)) {
      assert.deepEqual([...new Set(placeholders(text))], [...new Set(placeholders(LANGUAGES.en[name]))], `${lang} ${name}`);
      assert.equal(text, text.trim(), `${lang} ${name}`);
      if (lang !== "en") assert.notEqual(text, LANGUAGES.en[name], `${lang} ${name}`);
    }
  }
});

test("the nearest language that there is", () => {
  const cases = {
    en: ["en", "en-GB", "EN-us", "", "pt-BR", "zh-Hans-CN", "tlh", "*", "not a tag", undefined, null],
    de: ["de", "de-AT", "de-CH-1996", "deu"],
    es: ["es-419", "es-MX"],
    ja: ["ja-JP-u-ca-japanese"],
    ar: ["ar", "ar-EG", "AR-latn"],
    fr: ["fr-CA"],
  };
  for (const [lang, tags] of Object.entries(cases)) for (const tag of tags) assert.equal(langOf(tag), lang, String(tag));
  assert.equal(langOf("pl", "fr-BE", "de"), "fr", "the first that there is");
  assert.equal(langOf("constructor", "__proto__", "de"), "de");
});

test("what the owner decides goes before anything that is guessed", () => {
  assert.equal(say({ lang: "ja", likely: ["de"] }).lang, "ja");
  assert.equal(say({ lang: "pl", likely: ["de"] }).lang, "en", "Polish is not there: English, not what is guessed");
});

test("single texts are the owner's; in a language that is not there, that is the language of the prompt", () => {
  const mixed = say({ lang: "de", texts: { allow: "Na gut", deny: undefined } });
  assert.deepEqual([mixed.texts.allow, mixed.texts.deny, mixed.texts.doneText], ["Na gut", "Jetzt nicht", "Shop und Harbour verwenden jetzt dieselben Sitzungen."]);
  const hebrew = say({ lang: "he-IL", texts: { allow: "אישור" } });
  assert.deepEqual([hebrew.lang, hebrew.dir, hebrew.texts.deny], ["he-IL", "rtl", "\u2068Not now\u2069".slice(1, -1)]);
  assert.deepEqual([say({ lang: "he" }).lang, say({ lang: "he" }).dir], ["en", "ltr"]);
});

test("direction, and names that keep theirs to themselves", () => {
  for (const lang of Object.keys(LANGUAGES)) assert.equal(say({ lang }).dir, lang === "ar" ? "rtl" : "ltr", lang);
  assert.equal(say({ lang: "ar" }).texts.visit, "فتح \u2068Harbour\u2069");
  assert.equal(say({ lang: "en" }).texts.visit, "Open Harbour");
  for (const owner of ["ميناء", "a\u202Eb", "\u2066", "港"]) {
    assert.equal(speak({ lang: "en", likely: [], names: { ...names, owner } }).texts.visit, `Open \u2068${owner}\u2069`);
  }
});

test("`lang` is a language tag", () => {
  for (const lang of ["de", "pt-BR", "zh-Hans-CN", "en-u-hc-h23", "x-klingon-none".slice(2)]) assert.equal(readPromptOptions({ lang }).lang, lang);
  assert.equal(readPromptOptions({}).lang, undefined);
  for (const lang of ["", "d", "de_AT", "german language", 5, null, ["de"], "de-"]) {
    assert.throws(() => readPromptOptions({ lang }), { code: "invalid_argument", message: /^prompt\.lang .*BCP 47/ }, String(lang));
  }
});
