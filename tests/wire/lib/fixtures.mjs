// The recorded messages, as this folder's Rust tests read them too.

import { readFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), "utf8"));

const recorded = (file) =>
  read(file).map(({ name, bytes, message }) => ({ name, bytes: Uint8Array.from(Buffer.from(bytes, "hex")), message }));

export const toService = recorded("to-service.json");
export const toManager = recorded("to-manager.json");
/** The plain objects that are exchanged before a port exists. */
export const opening = read("opening.json");

/** The one fixture with this name. */
export const named = (fixtures, name) => {
  const found = fixtures.find((fixture) => fixture.name === name);
  if (!found) throw new Error(`no fixture is named ${JSON.stringify(name)}`);
  return found;
};
