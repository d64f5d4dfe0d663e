// Brings its frame and its store: localStorage of the frame. It answers before anything is on the disk.

import { CrossStorageClient } from "cross-storage";

import { PATIENCE_MS } from "../../pages/frame.mjs";
import { kept } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const client = new CrossStorageClient(url, { timeout: PATIENCE_MS });
  await client.onConnect();
  const list = async () => {
    const keys = await client.getKeys();
    return keys.length ? [await client.get(...keys)].flat() : [];
  };
  return kept({ put: (key, value) => client.set(key, value), list, level: async () => "own" });
};
