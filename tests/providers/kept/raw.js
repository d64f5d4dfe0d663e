// What lies in a browser, or with the owner, under each kind of store: taken out as it is, and put in again.
import { fromKeyValue, indexedDbProvider, localStorageProvider } from "/package/service.js";

const settled = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));

const indexeddb = {
  open: (name) => indexedDbProvider(name),
  async dump(name) {
    const database = await settled(indexedDB.open(`session-bridge:${name}`));
    const tables = {};
    for (const table of database.objectStoreNames) {
      const all = database.transaction(table).objectStore(table);
      const [keys, values] = await Promise.all([settled(all.getAllKeys()), settled(all.getAll())]);
      tables[table] = keys.map((key, at) => [key, values[at]]);
    }
    database.close();
    return { version: database.version, tables };
  },
  async fill(name, { version, tables }) {
    const request = indexedDB.open(`session-bridge:${name}`, version);
    request.onupgradeneeded = () => {
      for (const [table, all] of Object.entries(tables)) {
        const store = request.result.createObjectStore(table);
        for (const [key, value] of all) store.put(value, key);
      }
    };
    (await settled(request)).close();
    return "indexeddb";
  },
};

const localstorage = {
  open: (name) => localStorageProvider(name),
  async dump(name) {
    const prefix = `session-bridge:${name}:`;
    return Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]));
  },
  async fill(name, kept) {
    for (const [key, value] of Object.entries(kept)) localStorage.setItem(`session-bridge:${name}:${key}`, value);
    return "localstorage";
  },
};

const maps = new Map();

/** A plain store of texts, as an owner has one. */
function plainStore(name) {
  if (!maps.has(name)) maps.set(name, new Map());
  const map = maps.get(name);
  return { get: async (key) => map.get(key) ?? null, set: async (key, value) => void map.set(key, value), delete: async (key) => void map.delete(key), keys: async () => [...map.keys()] };
}

const plain = {
  open: (name) => fromKeyValue(plainStore(name), { name }),
  async dump(name) {
    const prefix = `session-bridge:${name}:`;
    return Object.fromEntries(Array.from(maps.get(name), ([key, value]) => [key.slice(prefix.length), value]));
  },
  async fill(name, kept) {
    const store = plainStore(name);
    for (const [key, value] of Object.entries(kept)) await store.set(`session-bridge:${name}:${key}`, value);
    return fromKeyValue(store, { name });
  },
};

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A StorageProvider of the owner's own. It keeps what it is given: the head, the entries, and of the log what is not to go. */
function ownProvider(kept) {
  return {
    head: async () => kept.head,
    get: async (keys) => keys.map((key) => kept.entries[key] ?? null),
    list: async (prefix, { after = "", limit }) => Object.entries(kept.entries).filter(([key]) => key.startsWith(prefix) && key > after).sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, limit),
    async commit(expect, { version, puts, deletes, entry, horizon }) {
      if (!same(expect, kept.head)) return "stale";
      for (const key of deletes) delete kept.entries[key];
      Object.assign(kept.entries, Object.fromEntries(puts));
      kept.log = kept.log.filter(([its]) => its.epoch === version.epoch && its.seq > horizon).concat([[version, entry]]);
      kept.head = version;
      return "committed";
    },
    async since(version) {
      const at = kept.log.findIndex(([its]) => same(its, version));
      return at < 0 ? null : kept.log.slice(at + 1).map(([, entry]) => entry);
    },
  };
}

const own = {
  open: (name) => ownProvider(maps.set(name, { head: null, entries: {}, log: [] }).get(name)),
  dump: async (name) => maps.get(name),
  fill: async (name, kept) => ownProvider(kept),
};

/** Each: `open` gives a provider, `dump` what lies under it, `fill` puts that under another name and gives a service's `storage`. */
export const kinds = { indexeddb, localstorage, plain, own };

/** As `js/providers/crossing.js` names what is drawn. */
const named = (version) => version && { epoch: drawn(version.epoch), seq: version.seq, tag: drawn(version.tag) };
const drawn = (number) => number.toString(32).padStart(11, "0");

/** What lies under a store of this kind that was given these commits. */
export async function made(kind, name, commits) {
  const provider = kinds[kind].open(name);
  for (const { expect, version, puts, deletes, entry, horizon } of commits) {
    const answer = await provider.commit(named(expect), { version: named(version), puts, deletes, entry, horizon, durability: "strict" });
    if (answer !== "committed") throw new Error(`${kind}: commit ${version.seq} is ${answer}`);
  }
  return kinds[kind].dump(name);
}
