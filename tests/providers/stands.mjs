// What the tests of stores stand on: locks and plain stores in memory, with troubles to order.

/** Web Locks as browsers have them, without stealing and sharing. */
export class FakeLocks {
  queues = new Map();

  async query() {
    return { held: [...this.queues].filter(([, queue]) => queue.length).map(([name]) => ({ name })) };
  }

  async request(name, { signal }, work) {
    const queue = this.queues.get(name) ?? [];
    this.queues.set(name, queue);
    const turn = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
    queue.push(turn);
    const abort = () => {
      const at = queue.indexOf(turn);
      if (at > 0) {
        queue.splice(at, 1);
        turn.reject(signal.reason);
      }
    };
    signal?.addEventListener("abort", abort);
    if (queue.length === 1) turn.resolve();
    await turn.promise;
    try {
      return await work({ name });
    } finally {
      signal?.removeEventListener("abort", abort);
      queue.shift();
      queue[0]?.resolve();
    }
  }

  count(name) {
    return this.queues.get(name)?.length ?? 0;
  }
}

/** The locks of one tab among those of all: they go when it dies. */
export class TabLocks {
  #died = withResolvers();

  constructor(locks) {
    this.locks = locks;
  }

  request(name, options, work) {
    return this.locks.request(name, options, (lock) => Promise.race([work(lock), this.#died.promise]));
  }

  die() {
    this.#died.resolve();
  }
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

export const error = (name) => Object.assign(new Error(name), { name });

/** A plain store over `map` that takes a while for everything. `fault(method, writes)` may throw, or return "lost". */
export function plain(map, { fault = () => {}, slow = true } = {}) {
  let writes = 0;
  const pause = () => slow && new Promise((resolve) => (Math.random() < 0.3 ? setImmediate(resolve) : resolve()));
  const wrap = (method, isWrite, work) => async (...args) => {
    await pause();
    const fate = fault(method, isWrite ? writes++ : writes, args);
    return fate === "lost" ? new Promise(() => {}) : work(...args);
  };
  return {
    get: wrap("get", false, (key) => map.get(key) ?? null),
    set: wrap("set", true, (key, value) => void map.set(key, value)),
    delete: wrap("delete", true, (key) => void map.delete(key)),
    keys: wrap("keys", false, () => [...map.keys()]),
  };
}

/** One store for each name. */
export function perStore(make) {
  const stores = new Map();
  return (name) => {
    if (!stores.has(name)) stores.set(name, make(name));
    return stores.get(name);
  };
}
