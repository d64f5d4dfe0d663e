// IndexedDB with nothing around it.

/** Opens an empty database. */
export const open = (factory) =>
  new Promise((resolve, reject) => {
    const opening = factory.open("bench-raw", 1);
    opening.onupgradeneeded = () => {
      for (const name of ["values", "log", "meta"]) opening.result.createObjectStore(name);
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

/** Resolves when the transaction is complete, which is as durable as a confirmed write. */
const completed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

/** One value in one transaction of its own. */
export const put = (database, key, value) => {
  const transaction = database.transaction("values", "readwrite", { durability: "strict" });
  transaction.objectStore("values").put(value, key);
  transaction.commit();
  return completed(transaction);
};

/** The same with what no lost update and no doubled write cost: a version compared, a log, a record of the outcome. */
export const compareAndPut = (database, key, value) => {
  const transaction = database.transaction(["values", "log", "meta"], "readwrite", { durability: "strict" });
  const [values, log, meta] = ["values", "log", "meta"].map((name) => transaction.objectStore(name));
  const head = meta.get("head");
  head.onsuccess = () => {
    const version = (head.result ?? 0) + 1;
    values.put(value, key);
    values.put(`[${version}]`, "outcomes");
    log.put(value, version % 1024);
    meta.put(version, "head");
    transaction.commit();
  };
  return completed(transaction);
};
