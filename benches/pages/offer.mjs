// What the driver asks of a page, whatever candidate is in it.

import { each, loopAsync, rate } from "./clock.mjs";
import { COUNT } from "./sessions.mjs";

export const offer = (connect) => {
  let remote;
  let sighting;
  // No write repeats what is stored.
  let edits = 0;
  const write = (at) => remote.write(at, (edits += 1));
  const common = {
    confirmed: (count) => each(count, write),
    rate: (count) => rate(count, write),
    nothing: (count) => loopAsync(count, () => Promise.resolve(true)),
  };
  window.bench = {
    /** From nothing to the sessions in hand: in how many ms, and how many sessions. */
    async connect(url) {
      const began = performance.now();
      remote = await connect(url);
      const count = await remote.read();
      return { ms: performance.now() - began, count };
    },
    /** Fills the store. How many sessions are in it then. */
    async fill() {
      await Promise.all(Array.from({ length: COUNT }, (_, at) => remote.add(at)));
      return remote.read();
    },
    level: () => remote.level(),
    measure: (name, count) => (remote.measures?.[name] ?? common[name])(count),
    /** Writes what a page of another site waits for. When that began, in ms since 1970. */
    async tell(edits) {
      const began = performance.timeOrigin + performance.now();
      await remote.tell(edits);
      return began;
    },
    /** Looks out for that from now on. */
    watch: (edits) => void (sighting = remote.saw(edits)),
    /** When this page had what it looks out for, in ms since 1970. */
    sighted: () => sighting,
    isIsolated: () => crossOriginIsolated,
  };
};
