// What a browser does in tasks of their own: one after the other, in order. Here promise reactions carry them, which no
// library of fake timers replaces, and which `act` and `advanceTimersByTimeAsync` wait for.

/**
 * How many promise reactions in a row run before the next turn. In a browser all of them do; what a program awaits on its way
 * from one message to the next is far less than this.
 */
const REACTIONS = 16;

export async function reactions(count = REACTIONS) {
  for (let left = count; left > 0; left--) await undefined;
}

export class Turns {
  /** Asked for one more when no turn is left. @type {() => false | undefined | (() => void)} */
  idle = () => {};
  #waiting = [];
  #running = false;
  #report;

  /** @param {(error: unknown) => void} report is told what a turn throws */
  constructor(report) {
    this.#report = report;
  }

  /** Runs `run` in a turn of its own, after those that wait already. */
  later(run) {
    this.#waiting.push(run);
    if (!this.#running) this.#start();
  }

  /** Resolves when no turn is left, those that others have led to included. */
  async settled() {
    do await reactions(2 * REACTIONS);
    while (this.#running);
  }

  async #start() {
    this.#running = true;
    for (;;) {
      await reactions();
      const run = this.#waiting.shift() ?? this.idle();
      if (!run) break;
      try {
        run();
      } catch (error) {
        this.#report(error);
      }
    }
    this.#running = false;
  }
}
