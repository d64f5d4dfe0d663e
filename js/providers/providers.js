// What is fetched only where it is used.
export { forModule, ofModule } from "./crossing.js";
export { migrateStore } from "./migrate.js";
export { fromKeyValue, localStorageProvider, memoryProvider } from "./stores.js";
