// IndexedDB with nothing around it: the store of every candidate but session-bridge and cross-storage.

const TABLE = "values";

/**
 * Opens the database of this name where session-bridge would: unpartitioned where the browser gives that, else this site's own.
 * Nobody has to wait for it: each method does.
 */
export const openStore = (name) => {
  const opened = choose(name);
  return {
    /** As `StorageStatus.level` of session-bridge. */
    level: async () => (await opened).level,
    put: async (key, value) => put((await opened).database, key, value),
    list: async () => list((await opened).database),
    /** A channel to the frames of the same store. */
    async channel(topic) {
      const { handle } = await opened;
      const full = `${name}-${topic}`;
      return handle ? handle.BroadcastChannel(full) : new BroadcastChannel(full);
    },
  };
};

async function choose(name) {
  const handle = await document.requestStorageAccess?.({ indexedDB: true, BroadcastChannel: true }).catch(() => null);
  return { level: handle ? "handle" : "partitioned", handle, database: await open((handle ?? globalThis).indexedDB, name) };
}

const open = (factory, name) =>
  new Promise((resolve, reject) => {
    const opening = factory.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

/** One value in one transaction of its own. Resolves when that is complete, which is as durable as a confirmed write. */
const put = (database, key, value) =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.objectStore(TABLE).put(value, key);
    transaction.commit();
  });

const list = (database) =>
  new Promise((resolve, reject) => {
    const reading = database.transaction(TABLE, "readonly").objectStore(TABLE).getAll();
    reading.onsuccess = () => resolve(reading.result);
    reading.onerror = () => reject(reading.error);
  });
