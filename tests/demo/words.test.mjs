// What the demo says about each state of the manager: plain words, none of its codes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { advice, audience, lead, lifeOf, lossOf, meaning, offer, reasonOf } from "../../www/words.js";

const LEVELS = ["unknown", "same-site", "handle", "server", "partitioned", "memory"];
const HOUR = 3_600_000;

test("who sees the sessions, for every level", () => {
  for (const level of LEVELS) {
    const shared = audience({ level, shared: true });
    assert.equal(shared, level === "unknown" ? "Not known yet" : "Shared by all sites", level);
  }
  assert.equal(audience({ level: "partitioned", shared: false }), "This site only");
  assert.equal(audience({ level: "memory", shared: false }), "This page only, until it is closed");
});

test("no text shows a code, and each is a sentence", () => {
  for (const level of LEVELS) {
    for (const shared of [true, false]) {
      const said = [audience({ level, shared }), meaning({ level }), lead({ level, shared }, "Here", ["One", "Two"]), advice({ level, shared }, "https://o.example")];
      for (const text of said) assert.doesNotMatch(text, /same-site|partitioned|handle\b|undefined|null/, `${level} ${shared}: ${text}`);
      for (const text of said.slice(1)) if (text) assert.match(text, /\.$/, text);
    }
  }
  for (const reason of ["offline", "unreachable", "blocked", "withheld"]) assert.match(reasonOf({ reason }), /^[A-Z].*\.$/s);
  assert.equal(reasonOf({ reason: null }), "");
  assert.equal(reasonOf({ reason: "of a later version" }), "");
  for (const reason of ["silence", "frame_gone", "goodbye", "offline"]) assert.doesNotMatch(lossOf(reason), /_|^silence$/);
  assert.equal(lossOf("of_a_later_version"), "of_a_later_version");
});

test("the offer to ask: where it helps, and until when it rests, as the reader writes the time", () => {
  const now = new Date(2027, 2, 4, 13, 30).getTime();
  const context = { owner: "Harbour", now, locale: "de" };
  assert.equal(offer({ upgrade: "none" }, context), null);
  for (const declinedUntil of [undefined, null, now - 1, now]) {
    const { resting, label } = offer({ upgrade: "gesture", declinedUntil }, context);
    assert.deepEqual([resting, label], [false, "Share with all sites…"], String(declinedUntil));
  }
  assert.match(offer({ upgrade: "visit" }, context).note, /Harbour.*its own page/);
  const rests = (locale, ms = HOUR) => offer({ upgrade: "gesture", declinedUntil: now + ms }, { ...context, locale });
  assert.equal(rests("de").resting, true);
  assert.equal(rests("de").label, "Can be asked again at 14:30");
  assert.match(rests("en-US").label, /at 2:30\sPM$/u);
  assert.match(rests("de", 24 * HOUR).label, /05\.03\.2027, 13:30$/, "another day is named");
});

test("how long a session lives: exact where it is short", () => {
  const now = new Date(2027, 2, 4, 13, 30).getTime();
  const [SECOND, MINUTE, DAY] = [1_000, 60_000, 24 * HOUR];
  const left = (ms) => lifeOf({ status: "valid", expiresAt: now + ms }, now, "de");
  const cases = [
    [-5, "1 s"], [1, "1 s"], [SECOND, "1 s"], [30 * SECOND + 1, "31 s"], [59 * SECOND, "59 s"],
    [59 * SECOND + 1, "1 min"], [MINUTE, "1 min"], [MINUTE + 1, "2 min"], [11.5 * MINUTE, "12 min"], [59 * MINUTE, "59 min"],
    [59 * MINUTE + 1, "1 h"], [HOUR, "1 h"], [89 * MINUTE, "1 h"], [5 * HOUR, "5 h"], [47 * HOUR, "47 h"],
    [48 * HOUR, "2 days"], [30 * DAY - 5, "30 days"],
  ];
  for (const [ms, text] of cases) assert.equal(left(ms), `Expires in ${text}`, String(ms));
  assert.equal(lifeOf({ status: "valid", expiresAt: null }, now), "Never expires");
  assert.equal(lifeOf({ status: "expired", expiresAt: now - MINUTE }, now, "de"), "Expired at 13:29");
  assert.equal(lifeOf({ status: "expired", expiresAt: now - DAY }, now, "de"), "Expired at 03.03.2027, 13:30");
  // The clock that decides is the service's: what it calls valid is not called expired here.
  assert.equal(lifeOf({ status: "valid", expiresAt: now - HOUR }, now), "Expires in 1 s");
});
