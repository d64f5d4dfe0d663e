// The time of a test bridge. It stands still until a message travels or the test moves it, so nothing here ever waits for
// the host's timers: they may be faked, and none of ours keeps a process alive.

/** Longer pauses are not made before a write that another client was in the way of is tried again. */
const PAUSE_MS = 1_000;

export class Clock {
  /** Milliseconds since the bridge was made. */
  now = 0;
  /** Whether somebody waits for a write that is on its way. Then pauses pass by themselves. */
  hurries = () => false;
  #wallAtStart;
  #timers = new Map();
  #last = 0;
  #turns;
  #report;

  /**
   * @param {number} wall Unix time in milliseconds at which it starts
   * @param {import("./turns.js").Turns} turns run what is due at once
   * @param {(error: unknown) => void} report is told what a timer's function throws
   */
  constructor(wall, turns, report) {
    this.#wallAtStart = wall;
    this.#turns = turns;
    this.#report = report;
    turns.idle = () => this.#hurry();
  }

  get wall() {
    return this.#wallAtStart + Math.floor(this.now);
  }

  /** As `setTimeout`; with `every`, as `setInterval`. */
  set(run, ms, args, every) {
    const wait = ms > 0 ? Number(ms) : 0;
    const timer = { id: ++this.#last, due: this.now + wait, run: () => run(...args) };
    if (every) timer.every = Math.max(wait, 1);
    else timer.isPause = wait <= PAUSE_MS;
    this.#timers.set(timer.id, timer);
    if (!wait) this.#turns.later(() => this.#ring(timer));
    else if (timer.isPause) this.#turns.later(() => {});
    return timer.id;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** Moves on by `ms` and runs whatever became due meanwhile. */
  pass(ms) {
    const until = this.now + ms;
    while (this.ringNext(until));
    this.now = Math.max(this.now, until);
  }

  /** Moves on to the timer that is due first, unless that is after `until`, and runs it. Whether there was one. */
  ringNext(until) {
    const first = this.#first((timer) => timer.due <= until);
    if (!first) return false;
    this.now = Math.max(this.now, first.due);
    this.#ring(first);
    return true;
  }

  /** What has the first of the pauses pass, if nothing else is under way and there is one. */
  #hurry() {
    const first = this.hurries() && this.#first(({ isPause }) => isPause);
    return first && (() => this.pass(first.due - this.now));
  }

  #first(fits) {
    let first;
    for (const timer of this.#timers.values()) if (fits(timer) && !(timer.due >= first?.due)) first = timer;
    return first;
  }

  #ring(timer) {
    if (this.#timers.get(timer.id) !== timer) return;
    if (timer.every === undefined) this.#timers.delete(timer.id);
    else timer.due = this.now + timer.every;
    try {
      timer.run();
    } catch (error) {
      this.#report(error);
    }
  }
}
