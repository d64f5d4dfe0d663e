// IndexedDB with nothing around it.

/** Opens an empty database. */
export const open = (factory) =>
  new Promise((resolve, reject) => {
    const opening = factory.open("bench-raw", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("values");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

/** One value in one transaction of its own; resolves when that is complete, as durable as a confirmed write. */
export const put = (database, key, value) =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction("values", "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.objectStore("values").put(value, key);
    transaction.commit();
  });
