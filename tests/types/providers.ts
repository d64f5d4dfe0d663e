// Stores of one's own.
import { assertConformance, conformance } from "session-bridge/conformance";
import type { ConformanceResult } from "session-bridge/conformance";
import { fromKeyValue, localStorageProvider, memoryProvider, migrateStore } from "session-bridge/service";
import type { StorageProvider, StoreCommit, StoreVersion } from "session-bridge/service";

class Own implements StorageProvider {
  async head(): Promise<StoreVersion | null> {
    return null;
  }
  async get(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return keys.map(() => null);
  }
  async list(prefix: string, { after, limit }: { after?: string; limit: number }): Promise<readonly (readonly [string, string])[]> {
    return limit > 0 && after !== undefined ? [[prefix, after]] : [];
  }
  async commit(expect: StoreVersion | null, { version, durability }: StoreCommit): Promise<"committed" | "stale"> {
    return expect?.seq === version.seq && durability === "strict" ? "committed" : "stale";
  }
  async since(): Promise<readonly string[] | null> {
    return null;
  }
}

const results: readonly ConformanceResult[] = await conformance(() => new Own(), { deadlineMs: 1_000, only: /log/, faults: { full: async () => () => {} } });
await assertConformance(async (store) => localStorageProvider(store));
const { sessions }: { sessions: number } = await migrateStore(memoryProvider(), new Own());
const plain = fromKeyValue({ get: async () => null, set: async () => {}, delete: async () => {}, keys: async () => [] }, { name: "x", locks: navigator.locks });
export { plain, results, sessions };

// @ts-expect-error: a commit answers one of two words
const wrong: StorageProvider = { ...new Own(), commit: async () => true };
export { wrong };
