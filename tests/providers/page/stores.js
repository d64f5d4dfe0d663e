// Stores that a service is started on, most of them no good. `store` is one in memory that keeps the contract.
const never = () => new Promise(() => {});
const each = (store, wrap) => Object.fromEntries(["head", "get", "list", "commit", "since"].map((method) => [method, wrap(method, (...args) => store[method](...args))]));

export const stores = {
  sound: (store) => store,
  "no-methods": () => ({}),
  throws: (store) => each(store, () => () => { throw new Error("sync"); }),
  rejects: (store) => each(store, () => async () => { throw undefined; }),
  rubbish: (store) => each(store, () => async () => ({ length: 3, 0: Symbol("x"), epoch: 5 })),
  hedgehog: () => new Proxy({}, { get: () => { throw new Error("get"); } }),
  hangs: (store) => each(store, () => never),
  /** Says that it is done, and does nothing. */
  liar: (store) => ({ ...store, commit: async (expect, commit) => (expect ? "committed" : store.commit(expect, commit)) }),
  /** Does it, and says nothing that means anything. */
  mumbles: (store) => ({ ...store, commit: async (...args) => void (await store.commit(...args)) }),
  full: (store) => ({ ...store, commit: async (expect, commit) => {
    if (expect) throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
    return store.commit(expect, commit);
  } }),
  denied: (store) => ({ ...store, commit: async (expect, commit) => {
    if (expect) throw Object.assign(new Error("no"), { name: "SecurityError" });
    return store.commit(expect, commit);
  } }),
  /** Every second operation fails, and its watch is called all the time. */
  moody: (store) => {
    let calls = 0;
    const moody = each(store, (_, method) => async (...args) => {
      if (calls++ % 2) throw new Error("not now");
      return method(...args);
    });
    return { ...moody, watch: (changed) => {
      setInterval(() => { for (let at = 0; at < 100; at++) changed(); }, 5);
      return "not a function";
    } };
  },
};
