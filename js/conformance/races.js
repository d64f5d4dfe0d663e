// Cases in which handles run freely, so that no order of answers can be written down beforehand.
import { brief, commit, equal, must, version } from "./play.js";

const WRITERS = 6;
const EACH = 10;
/** Of one writer: with fair chances it needs some sixty. */
const MOST_ATTEMPTS = 1_000;

export const freeCases = [
  {
    name: "of many handles that count up, none loses an increment",
    async work({ handle }) {
      const count = async (writer) => {
        const store = await handle(writer);
        for (let done = 0, attempts = 0; done < EACH; ) {
          must(++attempts <= MOST_ATTEMPTS, `after ${MOST_ATTEMPTS} attempts a writer has won ${done} times`);
          const head = await store.head();
          const [value] = await store.get(["n"]);
          const seq = (head?.seq ?? 0) + 1;
          const next = commit(seq, { n: String(Number(value ?? 0) + 1) });
          next.version.tag = version(writer * 1_000 + done).tag;
          // The head was read before the value: had another committed since, this would be stale.
          if ((await store.commit(head, next)) === "committed") done++;
        }
      };
      for (let writer = 0; writer < WRITERS; writer++) await handle(writer);
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => count(writer)));
      const store = await handle(0);
      const [value] = await store.get(["n"]);
      must(value === String(WRITERS * EACH), `expected ${WRITERS * EACH}, found ${brief(value)}`);
      must((await store.head()).seq === WRITERS * EACH, "the head counts other commits than were made");
    },
  },
  {
    name: "a reader sees all of a commit or nothing of it",
    async work({ handle }) {
      const [writer, reader] = [await handle(0), await handle(1)];
      let over = false;
      const write = async () => {
        for (let seq = 1; seq <= 30; seq++) {
          const puts = seq % 2 ? { a: String(seq), b: String(seq) } : { a: String(seq), c: String(seq) };
          const answer = await writer.commit(seq > 1 ? version(seq - 1) : null, commit(seq, puts, seq % 2 ? ["c"] : ["b"]));
          must(answer === "committed", `commit ${seq}: ${brief(answer)}`);
        }
        over = true;
      };
      const read = async () => {
        while (!over) {
          const [a, b, c] = await reader.get(["a", "b", "c"]);
          must((b ?? c) === a && (b === null || c === null), `half a commit: ${brief({ a, b, c })}`);
          const listed = Object.fromEntries(await reader.list("", { limit: 9 }));
          must((listed.b ?? listed.c) === listed.a && !("b" in listed && "c" in listed), `half a commit: ${brief(listed)}`);
          // Stores that answer at once would let nobody else run.
          await new Promise((resolve) => setTimeout(resolve));
        }
      };
      await Promise.all([write().finally(() => (over = true)), read()]);
    },
  },
  {
    name: "what it was given may change afterwards, and so may what it gave",
    async work({ handle }) {
      const store = await handle(0);
      const first = commit(1, { k: "v" });
      const done = store.commit(null, first);
      const expect = version(1);
      await done;
      first.version.seq = 7;
      first.puts[0][1] = "changed";
      first.puts.push(["more", "x"]);
      must(equal(await store.head(), expect), "the head changed with the commit's object");
      const values = await store.get(["k", "more"]);
      must(equal(values, ["v", null]), `the entries changed with the commit's object: ${brief(values)}`);
      const head = await store.head();
      try {
        head.seq = 9;
      } catch {
        // A frozen one is as good.
      }
      must(equal(await store.head(), expect), "the head changed with the object that was handed out");
    },
  },
  {
    name: "a watch can be ended, and does not disturb",
    async work({ handle }) {
      const [store, other] = [await handle(0), await handle(1)];
      if (!store.watch) return;
      let calls = 0;
      const unwatch = store.watch(() => calls++);
      must(typeof unwatch === "function", "watch must return a function that ends it");
      must((await other.commit(null, commit(1, { k: "v" }))) === "committed", "watching keeps commits from happening");
      unwatch();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = calls;
      await other.commit(version(1), commit(2, {}));
      await new Promise((resolve) => setTimeout(resolve, 50));
      must(calls === before, "it was called after it was ended");
    },
  },
];
