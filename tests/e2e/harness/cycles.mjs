// Runs in a page: makes managers and closes them, over and over.

/** What `close` may fall into. Each is told apart by when it comes. */
const ENDS = ["at once", "in the handshake", "when live", "in a write, twice", "in a read"];

/**
 * Makes `cycles` managers one after another on each of `lanes` addresses and closes each at another point of its life.
 * Answers how often each kind of end was reached.
 */
export async function cycle({ manager, serviceUrl, cycles, lanes, ends }) {
  const { SessionManager } = await import(manager);
  const reached = Object.fromEntries(ends.map((end) => [end, 0]));
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const none = () => {};
  // WebKit now and then fails a frame's script when another frame, which loads the same one, is taken out: seen in five of some
  // three thousand starts on two lanes, and in none on one. The manager is unreachable at its deadline then, and tries anew.
  const live = (one, tries = 4) => one.waitForReady().catch((error) => {
    if (error.code !== "unreachable" || tries === 1) throw error;
    return live(one, tries - 1);
  });

  const lead = {
    "at once": (one) => one.close(),
    "in the handshake": (one, n) => pause((n * 7) % 60).then(() => one.close()),
    "when live": (one) => live(one).then(() => one.close()),
    "in a write, twice": async (one, n) => {
      await live(one);
      const write = one.addSession({ id: `s-${n % 5}`, userId: "user" }).catch(none);
      const first = one.close();
      if (one.close() !== first) throw new Error("A second close is another one.");
      await Promise.all([first, write]);
    },
    "in a read": async (one) => {
      await live(one);
      const read = one.refresh().catch(none);
      await one.close();
      await read;
    },
  };

  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    while (next < cycles) {
      const n = next;
      next += 1;
      const end = ends[n % ends.length];
      const one = new SessionManager({ serviceUrl: `${serviceUrl}?lane=${lane}` });
      const leave = one.subscribe(none);
      one.addEventListener("session_created", none);
      await lead[end](one, n);
      leave();
      if (one.getSnapshot().status !== "closed") throw new Error(`Closed ${end}, and yet ${one.getSnapshot().status}.`);
      reached[end] += 1;
    }
  }));
  return reached;
}

/** What goes to a page with `cycle`. */
export const cyclesOf = (origins, cycles) => ({
  manager: "/package/manager.js",
  serviceUrl: `${origins.service}/service.html`,
  cycles,
  lanes: 2,
  ends: ENDS,
});
