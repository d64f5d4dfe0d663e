// What crosses between the module and JavaScript has no names: they would all be downloaded, and by everybody. Here it
// gets those of the published types. `src/browser/storage/crossing.rs` is the other end.
import { SessionError } from "../error.js";
import { guard } from "./guard.js";

const name = (drawn) => drawn.toString(32).padStart(11, "0");
const named = (version) => version && { epoch: name(version[0]), seq: version[1], tag: name(version[2]) };
const unnamed = (version) => version && [parseInt(version.epoch, 32), version.seq, parseInt(version.tag, 32)];

/** Arguments that come from the module, as a provider takes them. */
const ARGS = {
  list: ([prefix, after, limit]) => [prefix, after === null ? { limit } : { after, limit }],
  commit: ([expect, [version, puts, deletes, entry, horizon, strict]]) => [
    named(expect),
    { version: named(version), puts, deletes, entry, horizon, durability: strict ? "strict" : "relaxed" },
  ],
  since: ([version]) => [named(version)],
};

/** A provider of whatever kind, as the module asks it. What it does wrong ends at the guard. */
export function forModule(provider) {
  const guarded = guard(provider);
  return {
    ...guarded,
    async ask(operation, args) {
      const answer = await guarded.ask(operation, ARGS[operation]?.(args) ?? args);
      return operation === "head" ? unnamed(answer) : operation === "commit" ? answer === "committed" : answer;
    },
  };
}

/** The module's database, as a provider. */
export function ofModule(database) {
  const watching = new Set();
  database.watch(() => {
    for (const changed of [...watching]) changed();
  });
  const ask = (operation, ...args) =>
    database.ask(operation, args).catch(({ code, unknown }) => {
      throw Object.assign(new SessionError(code, "The database failed. Try again.", code === "storage_failed"), { unknown });
    });
  return {
    head: async () => named(await ask("head")),
    get: (keys) => ask("get", keys),
    list: (prefix, { after = null, limit }) => ask("list", prefix, after, limit),
    async commit(expect, { version, puts, deletes, entry, horizon, durability }) {
      const commit = [unnamed(version), puts, deletes, entry, horizon, durability !== "relaxed"];
      return (await ask("commit", unnamed(expect), commit)) ? "committed" : "stale";
    },
    since: (version) => ask("since", unnamed(version)),
    watch(changed) {
      watching.add(changed);
      return () => watching.delete(changed);
    },
    close: async () => database.free(),
  };
}
