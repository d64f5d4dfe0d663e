import type { StorageProvider } from "session-bridge/service";
/** A test framework, a store of somebody's own, and the example of docs/providers.md. */
declare function test(name: string, run: () => Promise<unknown>): void;
declare function openMyStore(name: string): Promise<StorageProvider>;
declare function remote(url: string): StorageProvider;
