// The plain stores that the library brings along, and the user's own, each as a StorageProvider.
import { text, wrong } from "../check.js";
import { overKeyValue } from "./key-value.js";
import { alone } from "./lock.js";
import { listOf } from "./plain.js";
import { View } from "./view.js";

const ownLocks = () => globalThis.navigator?.locks;
const ownArea = () => globalThis.localStorage;

function named(name) {
  if (!text(name, "name")) throw wrong("name", "a text that is not empty", name);
  return `session-bridge:${encodeURIComponent(name)}:`;
}

/** @param {{ name?: string, locks?: LockManager, boundMs?: number }} options */
export function fromKeyValue(store, { name = "default", locks, boundMs } = {}) {
  for (const method of ["get", "set", "delete", "keys"]) {
    if (typeof store?.[method] !== "function") throw wrong(`store.${method}`, "a function", store?.[method]);
  }
  const prefix = named(name);
  const lock = `${prefix}kv`;
  return overKeyValue(store, prefix, (work, writes) => alone(locks ? () => locks : ownLocks, lock, work, { boundMs, writes }));
}

/**
 * `storage` and `locks` are of one partition: the window's own, or those of a StorageAccessHandle.
 *
 * @param {{ storage?: Storage, locks?: LockManager, boundMs?: number }} options
 */
export function localStorageProvider(name = "default", { storage, locks, boundMs } = {}) {
  const prefix = named(name);
  // Reading it is refused where the person blocks it, so it is read where that can be answered.
  const area = storage ? () => storage : ownArea;
  const store = {
    get: async (key) => area().getItem(key),
    set: async (key, value) => area().setItem(key, value),
    delete: async (key) => area().removeItem(key),
    keys: async () => listOf(area().length, (at) => area().key(at)),
  };
  const manager = locks ? () => locks : ownLocks;
  const view = new View(manager, `${prefix}count:`);
  const provider = overKeyValue(store, prefix, (work, writes) => alone(manager, `${prefix}local`, work, { boundMs, writes }), view);
  return {
    ...provider,
    close: async () => view.close(),
    /** Whether it can be written, read back, and locked. */
    async probe() {
      const [key, value] = [`${prefix}probe`, String(performance.now())];
      area().setItem(key, value);
      const read = area().getItem(key);
      area().removeItem(key);
      // Another tab may be probing: then its value was read, or none.
      if (read === null && area().length === 0) throw new TypeError("it keeps nothing");
      await provider.head();
    },
    watch(changed) {
      const hear = (event) => {
        if (event.storageArea === area() && (event.key === null || event.key === `${prefix}head`)) changed();
      };
      addEventListener("storage", hear);
      return () => removeEventListener("storage", hear);
    },
  };
}

/** Nobody else sees it, and it goes with the page. */
export function memoryProvider() {
  const entries = new Map();
  const store = {
    get: async (key) => entries.get(key) ?? null,
    set: async (key, value) => void entries.set(key, value),
    delete: async (key) => void entries.delete(key),
    keys: async () => [...entries.keys()],
  };
  const watching = new Set();
  let last = Promise.resolve();
  const provider = overKeyValue(store, "", (work) => {
    const mine = last.then(() => work(() => {}));
    last = mine.catch(() => {});
    return mine;
  });
  return {
    ...provider,
    locked: undefined,
    async commit(expect, commit) {
      const answer = await provider.commit(expect, commit);
      if (answer === "committed") for (const changed of [...watching]) changed();
      return answer;
    },
    watch(changed) {
      watching.add(changed);
      return () => watching.delete(changed);
    },
  };
}
