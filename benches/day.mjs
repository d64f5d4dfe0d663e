// A day of one person, played against the manager and the service as they ship, in virtual time: how many reads the cache answers.

import { pathToFileURL } from "node:url";

import { built } from "../scripts/lib/built.mjs";
import { count, table } from "./figures.mjs";

const NEWS = "https://news.example";
const SHOP = "https://shop.example";
const MAIL = "https://mail.example";

/** Each page view: when a page is opened, of which site, and for how many minutes the person uses it. */
const VIEWS = [
  [0, MAIL, 12], [15, NEWS, 20], [40, MAIL, 5], [60, SHOP, 25], [95, NEWS, 8], [120, MAIL, 30], [160, SHOP, 4], [170, SHOP, 15],
  [260, NEWS, 10], [280, MAIL, 20], [310, SHOP, 35], [360, MAIL, 6], [400, NEWS, 45], [450, MAIL, 15], [480, SHOP, 10],
];
/** How long a page stays open after it was last used. */
const OPEN_MIN = 60;
/** Pauses between two clicks, in turn. */
const PAUSES_S = [12, 40, 25, 70, 18, 55, 33];
/** One in so many clicks chooses another active session. */
const SWITCH = 15;
/** Every so often a page of another site changes a session. */
const CHANGE_MIN = 20;
/** When the service goes away, and for how long. */
const OUTAGE = { at: 320, minutes: 2 };

const MINUTE = 60_000;
const SESSIONS = Array.from({ length: 5 }, (_, at) => ({ id: `session-${at}`, userId: `user-${at}`, data: { name: `Person ${at}` } }));

const ENDS = Math.max(...VIEWS.map(([at, , minutes]) => at + minutes));
const span = (numbers) => `${Math.min(...numbers)} to ${Math.max(...numbers)}`;

/** What the script does, for whoever reads the figure. */
const SCRIPT = `The script, in virtual time, with the manager and the service as they ship and their default options: in a day of
${Math.round(ENDS / 60)} hours, one person with ${SESSIONS.length} sessions opens ${VIEWS.length} pages of three sites. A page that is opened asks for the active session and for
all sessions at once, before it is connected. The person then clicks every ${span(PAUSES_S)} seconds, for ${span(VIEWS.map(([, , minutes]) => minutes))} minutes. Each click asks
for the active session and for one session by its id. One click in ${SWITCH} first chooses another active session. The page stays open for
${OPEN_MIN} minutes more. Every ${CHANGE_MIN} minutes, another page changes a session. Once, the service is away for ${OUTAGE.minutes} minutes while the person goes on.`;

/** What happens when, in ms after 9:00, in order: `run` is given the day. */
function agenda() {
  const all = [
    { at: OUTAGE.at * MINUTE, run: ({ bridge }) => bridge.disconnect() },
    { at: (OUTAGE.at + OUTAGE.minutes) * MINUTE, run: ({ bridge }) => bridge.reconnect() },
  ];
  for (let at = CHANGE_MIN; at < ENDS; at += CHANGE_MIN) all.push({ at: at * MINUTE, run: (day) => day.change(at) });
  for (const [from, origin, minutes] of VIEWS) {
    const page = { origin };
    const until = (from + minutes) * MINUTE;
    all.push({ at: from * MINUTE, run: (day) => day.open(page) });
    let at = from * MINUTE;
    for (let clicks = 0; (at += PAUSES_S[clicks % PAUSES_S.length] * 1_000) < until; clicks += 1) {
      const click = clicks;
      all.push({ at, run: (day) => day.click(page, click) });
    }
    all.push({ at: until + OPEN_MIN * MINUTE, run: (day) => day.leave(page) });
  }
  return all.sort((one, other) => one.at - other.at);
}

class Day {
  #cache = [];
  /** What was asked for arrives as time goes on. A read that fails was counted all the same. */
  #asked = [];

  constructor(bridge) {
    this.bridge = bridge;
  }

  open(page) {
    page.manager = this.bridge.createManager({ origin: page.origin, debug: false });
    this.#ask(page.manager.getActiveSession(), page.manager.getAllSessions());
  }

  click({ manager }, clicks) {
    const { id } = SESSIONS[clicks % SESSIONS.length];
    if (clicks % SWITCH === SWITCH - 1) this.#ask(manager.setActiveSession(id));
    this.#ask(manager.getActiveSession(), manager.getSession(id));
  }

  leave({ manager }) {
    this.#cache.push(manager.metrics().cache);
    this.#ask(manager.close());
  }

  /** By the page that the bridge itself has. */
  change(edits) {
    this.#ask(this.bridge.manager.updateSession(SESSIONS[0].id, { edits }));
  }

  async ended() {
    await this.bridge.advance(MINUTE);
    await Promise.allSettled(this.#asked);
    return this.#cache;
  }

  #ask(...promises) {
    for (const promise of promises) this.#asked.push(promise.catch(() => {}));
  }
}

/**
 * Plays the day. Counts of all pages together; `least`: the hit ratio of the page with the lowest.
 *
 * @returns {Promise<{ views: number, hits: number, misses: number, hitRatio: number, least: number }>}
 */
export async function playDay() {
  const { createTestBridge } = await import(pathToFileURL(built("testing.js")));
  const grants = [NEWS, SHOP, MAIL].map((origin) => ({ origin, read: "*", write: true }));
  const bridge = await createTestBridge({ grants, sessions: SESSIONS, active: SESSIONS[0].id, manager: { debug: false }, now: Date.UTC(2026, 0, 5, 9) });
  try {
    const day = new Day(bridge);
    let now = 0;
    for (const { at, run } of agenda()) {
      await bridge.advance(at - now);
      now = at;
      await run(day);
    }
    const pages = await day.ended();
    const sum = (name) => pages.reduce((all, cache) => all + cache[name], 0);
    const [hits, misses] = [sum("hits"), sum("misses")];
    return { views: pages.length, hits, misses, hitRatio: hits / (hits + misses), least: Math.min(...pages.map(({ hitRatio }) => hitRatio)) };
  } finally {
    await bridge.close();
  }
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** The counts with what the script does, as Markdown. */
export function dayTable({ views, hits, misses, hitRatio, least }) {
  const head = ["pages", "reads", "answered by the cache", "waited for the service", "hit ratio", "of the page with the lowest"];
  return `${table(head, [[count(views), count(hits + misses), count(hits), count(misses), percent(hitRatio), percent(least)]])}

${SCRIPT}`;
}
