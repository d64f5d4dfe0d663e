// Cases that need a store in trouble. How to bring it there only its author knows: `options.faults`.
import { brief, commit, equal, must, version } from "./play.js";

const NAMES = {
  full: ["QuotaExceededError", "storage_full"],
  denied: ["SecurityError", "NotAllowedError", "storage_denied"],
};

/** What a promise rejects with; `undefined` if it does not. */
const rejection = (promise) => promise.then(() => undefined, (error) => error ?? new Error("rejected with nothing"));

async function filled(store) {
  must((await store.commit(null, commit(1, { a: "1", b: "2" }))) === "committed", "the first commit");
}

/** Whether everything is as `filled` left it, and the store can be written again. */
async function unharmed(store) {
  const [head, entries] = [await store.head(), await store.list("", { limit: 9 })];
  must(equal(head, version(1)), `the head is ${brief(head)}`);
  must(equal(entries, [["a", "1"], ["b", "2"]]), `the entries are ${brief(entries)}`);
  must((await store.commit(version(1), commit(2, { c: "3" }))) === "committed", "it cannot be written after the trouble is over");
}

async function refusesCommit(store, names) {
  const attempt = store.commit(version(1), commit(2, { a: "x", c: "3" }, ["b"]));
  const error = await rejection(attempt);
  must(error !== undefined, `the commit came to ${brief(await attempt.catch(() => null))} instead of a rejection`);
  must(error.unknown !== true, "it says that the commit may have taken effect, which it has not");
  if (names) must(names.includes(error.name) || names.includes(error.code), `rejected with ${error.name}: ${error.message}, expected ${names.join(" or ")}`);
}

/**
 * @typedef {(store: string) => unknown} Fault brings the store of this name into trouble; what it returns (or resolves
 *   with) is called to end it
 * @param {{ full?: Fault, denied?: Fault, newer?: Fault, crash?: (store: string, after: number) => unknown }} faults
 */
export function faultCases(faults) {
  const trouble = (name, fault, work) => ({
    name,
    work: fault && (async (world) => {
      const store = await world.handle(0);
      await filled(store);
      const end = await fault(world.store);
      try {
        await work(store);
      } finally {
        await end?.();
      }
      await unharmed(await world.handle(0));
    }),
  });
  return [
    trouble("a full store takes nothing of a commit, and says that it is full", faults.full, async (store) => {
      await refusesCommit(store, NAMES.full);
      must(equal(await store.get(["a", "b", "c"]), ["1", "2", null]), "it can be read while it is full, and shows nothing of the commit");
    }),
    trouble("a store that the browser refuses says so", faults.denied, async (store) => {
      await refusesCommit(store, NAMES.denied);
      must((await rejection(store.head())) !== undefined, "the head is not known then");
    }),
    trouble("a store of a newer layout is refused and left alone", faults.newer, async (store) => {
      await refusesCommit(store);
      must((await rejection(store.head())) !== undefined, "the head is not known then");
    }),
    { name: "a commit that a crash broke off happened wholly or not at all", dies: true, work: faults.crash && ((world) => crashes(world, faults.crash)) },
  ];
}

/** Crashes after the first, second, … write of a commit, until one is not reached any more. */
async function crashes({ handle, store }, crash) {
  const first = await handle(0);
  await filled(first);
  let [seq, state] = [1, { a: "1", b: "2" }];
  for (let after = 0; after < 100; after++) {
    const next = seq % 2 ? { a: String(after), c: "3" } : { a: String(after), b: "2" };
    const end = await crash(store, after);
    const writer = await handle(after + 1);
    const outcome = await writer.commit(version(seq), commit(seq + 1, next, seq % 2 ? ["b"] : ["c"])).catch(() => "crashed");
    const crashed = await end();
    const head = await first.head();
    const entries = Object.fromEntries(await first.list("", { limit: 9 }));
    const [before, done] = [equal(head, version(seq)), equal(head, version(seq + 1))];
    must(before || done, `after ${after} writes the head is ${brief(head)}`);
    must(!(outcome === "committed" && before), "it said that it was committed");
    if (done) [seq, state] = [seq + 1, next];
    must(equal(entries, state) && equal(state, entries), `after ${after} writes: head ${seq}, entries ${brief(entries)}, expected ${brief(state)}`);
    if (crashed === false) return;
  }
  throw new Error("faults.crash never reports that the commit was done before the crash: it must resolve with a function that returns false then");
}
