// The store of a bridge: in memory, and shared by the frames of all its pages, as a browser's database is.

const same = (one, other) => one === other || (one !== null && other !== null && one.epoch === other.epoch && one.seq === other.seq && one.tag === other.tag);

export class Store {
  #head = null;
  #entries = new Map();
  /** Commits that are still known, oldest first. */
  #log = [];
  #watching = new Set();

  /**
   * As one frame sees it, a `StorageProvider`.
   *
   * @param {(run: () => void) => void} later runs an operation in a turn of its own, unless the frame is gone by then
   * @param {(run: () => void) => void} carry tells another frame of a commit
   */
  of(later, carry) {
    const own = {};
    const soon = (answer) => new Promise((resolve) => later(() => resolve(answer())));
    return {
      head: () => soon(() => this.#head),
      get: (keys) => soon(() => keys.map((key) => this.#entries.get(key) ?? null)),
      list: (prefix, options) => soon(() => this.#list(prefix, options)),
      since: (version) => soon(() => this.#since(version)),
      commit: (expect, commit) => soon(() => this.#commit(expect, commit, own)),
      watch: (changed) => {
        const watcher = { own, changed: () => carry(changed) };
        this.#watching.add(watcher);
        return () => this.#watching.delete(watcher);
      },
    };
  }

  #list(prefix, { after, limit }) {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix) && !(key <= after)).sort();
    return keys.slice(0, limit).map((key) => [key, this.#entries.get(key)]);
  }

  #since(version) {
    if (same(version, this.#head)) return [];
    const at = this.#log.findIndex((commit) => same(commit.version, version));
    return at < 0 ? null : this.#log.slice(at + 1).map(({ entry }) => entry);
  }

  #commit(expect, { version, puts, deletes, entry, horizon }, own) {
    if (!same(expect, this.#head)) return "stale";
    for (const key of deletes) this.#entries.delete(key);
    for (const [key, value] of puts) this.#entries.set(key, value);
    this.#head = Object.freeze({ ...version });
    this.#log.push({ version: this.#head, entry });
    this.#log = this.#log.filter(({ version }) => version.seq > horizon);
    for (const watcher of this.#watching) if (watcher.own !== own) watcher.changed();
    return "committed";
  }
}
