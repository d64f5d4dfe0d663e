// What the demo says about each state of the manager: plain words, none of its codes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { advice, audience, lead, lossOf, meaning, offer, reasonOf } from "../../www/words.js";

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
