// What lies in a store's database, and transactions that a test meddles with, from the store's own page.
export { commit, version } from "/conformance/play.js";

export const settled = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
export const ended = (transaction) => new Promise((resolve, reject) => {
  transaction.addEventListener("complete", () => resolve());
  transaction.addEventListener("abort", () => reject(transaction.error));
});

export const TABLES = ["log", "meta", "entries"];
const begin = IDBDatabase.prototype.transaction;

/** The database of a store. `layout`: its number, as it is if not given. */
export const raw = (name, layout) => settled(indexedDB.open(`session-bridge:${name}`, layout));

/** What the tables hold: `log` and `entries` by key, and which commit the entries are at. */
export async function look(name) {
  const database = await raw(name);
  const transaction = begin.call(database, TABLES);
  const all = async (table) => {
    const [keys, values] = await Promise.all([settled(transaction.objectStore(table).getAllKeys()), settled(transaction.objectStore(table).getAll())]);
    return Object.fromEntries(keys.map((key, at) => [key, values[at]]));
  };
  const [log, meta, entries] = await Promise.all(TABLES.map(all));
  database.close();
  return { log, entries, folded: meta.head?.[1] ?? null };
}

/** Puts and deletes of another tab, asked for now: `{ table: { key: value } }`, where `null` deletes. */
export function write(database, changes, { clear = [] } = {}) {
  const transaction = begin.call(database, TABLES, "readwrite");
  for (const table of clear) transaction.objectStore(table).clear();
  for (const [table, values] of Object.entries(changes)) {
    for (const [key, value] of Object.entries(values)) {
      const its = table === "log" ? Number(key) : key;
      if (value === null) transaction.objectStore(table).delete(its);
      else transaction.objectStore(table).put(value, its);
    }
  }
  return ended(transaction);
}

/** Calls `seen(tables, mode, transaction, database)` of each transaction that a store begins, `first(...)` before it is begun. */
export function onTransactions({ first = () => {}, seen = () => {} }) {
  IDBDatabase.prototype.transaction = function (tables, mode, options) {
    const sorted = [...tables].sort().join();
    first(sorted, mode, this);
    const transaction = begin.call(this, tables, mode, options);
    seen(sorted, mode, transaction);
    return transaction;
  };
}

export const isFold = (tables, mode) => tables === "entries,meta" && mode === "readwrite";

/** From now on, what a store does when nobody has committed for a while is done when `idle.pass()` is called, and not before. */
export function holdIdle() {
  const IDLE_MS = 1_000;
  const waiting = new Map();
  const { setTimeout: later, clearTimeout: forget } = window;
  let last = 0;
  window.setTimeout = (run, ms, ...args) => {
    if (ms !== IDLE_MS) return later.call(window, run, ms, ...args);
    last -= 1;
    waiting.set(last, run);
    return last;
  };
  window.clearTimeout = (id) => (waiting.delete(id) ? undefined : forget.call(window, id));
  return {
    pass() {
      const due = [...waiting.values()];
      waiting.clear();
      for (const run of due) run();
      return due.length;
    },
  };
}

/** What `find` resolves with, once that is not falsy. */
export async function until(find, what) {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Commits 1 to `last`, each of which puts `k` and one key of its own. */
export async function fill(store, last, more = () => ({})) {
  const { commit, version } = await import("/conformance/play.js");
  for (let seq = 1; seq <= last; seq += 1) {
    const answer = await store.commit(seq > 1 ? version(seq - 1) : null, commit(seq, { k: `v${seq}`, [`own/${seq}`]: "x" }, [], more(seq)));
    if (answer !== "committed") throw new Error(`commit ${seq} is ${answer}`);
  }
}
