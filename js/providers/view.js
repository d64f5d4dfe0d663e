// localStorage reaches each process of a browser on a way of its own, and the lock on another: whoever gets the lock may
// still see what was there before the last commit, and would write over it. So whoever commits holds a lock whose name
// tells the number of commits, until there are more; and whoever comes next waits until it sees as many.
import { beforeSleep } from "./lock.js";

/** It usually takes a millisecond or two. What has not come by then will not come: the store was cleared. */
const BOUND_MS = 1_000;

export class View {
  #locks;
  #prefix;
  /** Number of commits that is told, and what ends that. */
  #told = 0;
  #end;
  /** Numbers told that a cleared store does not reach. */
  #gone = new Set();

  /** @param {() => LockManager} locks @param {string} prefix of the locks' names */
  constructor(locks, prefix) {
    [this.#locks, this.#prefix] = [locks, prefix];
    beforeSleep(this.close);
  }

  /** Resolves once `count()` is what others told. To be called with the store's lock held. */
  async caughtUp(count) {
    // What was written here shows here, unless the store was cleared since.
    if ((await count()) < this.#told) {
      this.#gone.add(this.#told);
      this.close();
    }
    const { held = [] } = await this.#locks().query();
    const others = held.filter(({ name }) => name.startsWith(this.#prefix)).map(({ name }) => Number(name.slice(this.#prefix.length)));
    // Once nobody tells such a number any more, it can come to mean something again.
    this.#gone = new Set([...this.#gone].filter((number) => others.includes(number)));
    const most = Math.max(0, ...others.filter((number) => !this.#gone.has(number)));
    if (most <= this.#told) return;
    this.close();
    for (const began = Date.now(); (await count()) < most; ) {
      if (Date.now() - began > BOUND_MS) return void this.#gone.add(most);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Tells others how many commits there are. To be called before the store's lock is given up. */
  wrote(count) {
    this.close();
    this.#told = count;
    return new Promise((resolve) => {
      const hold = () => {
        resolve();
        return new Promise((end) => (this.#end = end));
      };
      // Shared: after a store was cleared, a number may be told twice.
      this.#locks().request(this.#prefix + count, { mode: "shared" }, hold).catch(resolve);
    });
  }

  close = () => {
    this.#end?.();
    this.#end = undefined;
    this.#told = 0;
  };
}
