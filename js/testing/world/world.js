// What all windows of a bridge have in common: its time, its chance, and how its messages travel.
import { report } from "./report.js";
import { chance } from "./chance.js";
import { Clock } from "./clock.js";
import { Turns } from "./turns.js";

/** What has not ended by then never will. */
const LONGEST_MS = 600_000;

export class World {
  crypto = chance();
  report = report;
  #turns = new Turns(report);

  /**
   * @param {number} now Unix time in ms at which it begins
   * @param {{ SessionError: Function }} errors that all windows throw
   */
  constructor(now, errors) {
    this.errors = errors;
    this.clock = new Clock(now, this.#turns, report);
  }

  /** Runs `run` in a turn of its own. */
  later = (run) => this.#turns.later(run);

  /** Delivers a message, by `run`. Each takes a millisecond, so that no two commits bear the same time. */
  carry = (run) =>
    this.later(() => {
      this.clock.pass(1);
      run();
    });

  /** Resolves when nothing is under way. */
  settled = () => this.#turns.settled();

  /** Moves time on by `ms` and does all that falls due. */
  async advance(ms) {
    const until = this.clock.now + ms;
    do await this.settled();
    while (this.clock.ringNext(until));
    this.clock.pass(until - this.clock.now);
  }

  /** What `promise` comes to, with time moved on as far as that takes. */
  async until(promise) {
    let over = false;
    const end = () => (over = true);
    promise.then(end, end);
    const last = this.clock.now + LONGEST_MS;
    do await this.settled();
    while (!over && this.clock.ringNext(last));
    if (!over) throw new this.errors.SessionError("timeout", `Nothing came of it in ${LONGEST_MS} ms of the bridge's time.`);
    return promise;
  }
}
