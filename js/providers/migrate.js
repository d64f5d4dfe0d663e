// Copies a store whole. Until the last commit the target is marked as unfinished and lacks `meta`, without which a
// service takes no store for its own: what was interrupted is continued, never taken for whole.
//
// The copy keeps the source's epoch, and its numbers go on from the source's, so that what pages hold and have written
// on top of it stays valid. The log is not copied: of an older version the target says that it no longer knows.
import { SessionError } from "../error.js";
import { guard } from "./guard.js";
import { textOf } from "./plain.js";
import { META, MIGRATION, SESSION_PREFIX } from "./store-keys.js";

const OWN = [MIGRATION, META];
const PAGE = 256;
/** As long as the service gives a store. */
const DEADLINE_MS = 10_000;
/** How often a source that is written all the time is gone through, and a target that others write to is looked at anew. */
const ROUNDS = 40;

const refused = (why, retryable = false) => new SessionError("conflict", why, retryable);
const same = (one, other) => one?.epoch === other?.epoch && one?.seq === other?.seq && one?.tag === other?.tag;

/** 53 bits, named as the service names its own. */
function draw() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(high >>> 11) * 2n ** 32n + BigInt(low)).toString(32).padStart(11, "0");
}

export async function migrateStore(from, to) {
  const [source, target] = [from, to].map((provider) => guard(provider, DEADLINE_MS));
  const copy = new Copy(source, target);
  for (let round = 0; round < ROUNDS; round++) {
    const sessions = await copy.round();
    if (sessions !== null) return { sessions };
    await new Promise((resolve) => setTimeout(resolve, 5 * round));
  }
  throw refused("Somebody wrote to the stores during every attempt. Nothing is lost, and what was copied is kept. Try again.", true);
}

class Copy {
  #from;
  #to;
  /** Where the target stands, `undefined` if that has to be found out. */
  #at;

  constructor(from, to) {
    this.#from = from;
    this.#to = to;
  }

  /** The number of sessions when all is done; `null`: something changed meanwhile. */
  async round() {
    const head = await this.#from.ask("head", []);
    const own = await this.#markOf(this.#from);
    if (own && !own.done) throw refused("The source is the target of another migration, which did not finish. Finish that one first.");
    const mark = await this.#look(head);
    if (head === null) return 0;
    if (mark?.done && same(mark.done, head)) return this.#count(this.#to);
    const [staged, seen] = [await this.#stage(head), new Set()];
    if (!staged) return null;
    let sessions = 0;
    for await (const page of pages(this.#from)) {
      for (const [key] of page) {
        seen.add(key);
        if (key.startsWith(SESSION_PREFIX)) sessions++;
      }
      if (!(await this.#bring(page.filter(([key]) => !OWN.includes(key))))) return null;
    }
    for await (const page of pages(this.#to)) {
      const gone = page.map(([key]) => key).filter((key) => !OWN.includes(key) && !seen.has(key));
      if (gone.length && !(await this.#commit([], gone))) return null;
    }
    const [meta] = await this.#from.ask("get", [[META]]);
    if (!same(await this.#from.ask("head", []), head)) return null;
    return (await this.#finish(head, meta)) ? sessions : null;
  }

  /**
   * Where the target stands, and what its mark says.
   *
   * @throws {SessionError} `conflict` if it holds something that is no part of this migration
   */
  async #look(head) {
    this.#at = await this.#to.ask("head", []);
    if (this.#at === null) return null;
    if (same(this.#at, head)) throw refused("Source and target are the same store.");
    const mark = await this.#markOf(this.#to);
    // A target that was finished may be used since: then it is only asked whether anything is left to be done.
    const ours = mark?.done ? same(mark.last, this.#at) || same(mark.done, head) : mark && head && mark.from === head.epoch;
    if (!ours || mark.from !== head?.epoch) {
      throw refused("The target holds something else than a part of this migration, and was left as it is. Give an empty store.");
    }
    return mark;
  }

  /** Marks the target as unfinished, under an epoch of its own. */
  async #stage(head) {
    const [text] = this.#at ? await this.#to.ask("get", [[META]]) : [null];
    const marked = textOf({ from: head.epoch });
    const [mark] = this.#at ? await this.#to.ask("get", [[MIGRATION]]) : [null];
    if (mark === marked && text === null) return true;
    const next = { epoch: draw(), seq: Math.max(this.#at?.seq ?? 0, head.seq) + 1, tag: draw() };
    return this.#write(next, [[MIGRATION, marked]], [META]);
  }

  /** Puts those entries of a page that the target does not hold yet. */
  async #bring(page) {
    if (!page.length) return true;
    const held = await this.#to.ask("get", [page.map(([key]) => key)]);
    const puts = page.filter(([, value], at) => held[at] !== value);
    return puts.length === 0 || this.#commit(puts, []);
  }

  #commit(puts, deletes) {
    return this.#write({ ...this.#at, seq: this.#at.seq + 1, tag: draw() }, puts, deletes);
  }

  /** With this commit the target is whole. The source's own number was its last word, so the next one is free. */
  async #finish(head, meta) {
    const last = { epoch: head.epoch, seq: Math.max(this.#at.seq, head.seq) + 1, tag: draw() };
    const mark = textOf({ from: head.epoch, done: head, last });
    return this.#write(last, [[MIGRATION, mark], ...(meta === null ? [] : [[META, meta]])], []);
  }

  /** Whether it took effect; if not, or if that is unknown, the target is to be looked at again. */
  async #write(version, puts, deletes) {
    // The log of the copying is of no use to anybody.
    const commit = { version, puts, deletes, entry: "", horizon: version.seq - 1, durability: "strict" };
    try {
      const done = (await this.#to.ask("commit", [this.#at, commit])) === "committed";
      this.#at = version;
      return done;
    } catch (error) {
      if (!error.unknown) throw error;
      return false;
    }
  }

  async #markOf(store) {
    const [text] = await store.ask("get", [[MIGRATION]]);
    if (text === null) return null;
    try {
      return Object(JSON.parse(text));
    } catch {
      return {};
    }
  }

  async #count(store) {
    let sessions = 0;
    for await (const page of pages(store)) for (const [key] of page) if (key.startsWith(SESSION_PREFIX)) sessions++;
    return sessions;
  }
}

/** All entries, page by page. */
async function* pages(store) {
  let after;
  for (;;) {
    const page = await store.ask("list", ["", after === undefined ? { limit: PAGE } : { after, limit: PAGE }]);
    if (!page.length) return;
    yield page;
    [after] = page.at(-1);
  }
}
