// Between the library and a store that others wrote: whatever that does, what comes back here is either an answer of
// the published shape or a SessionError. Everything is looked at once and copied, so that nothing can change after.
import { SessionError } from "../error.js";
import { listOf } from "./plain.js";

const LONE_SURROGATE = /\p{Surrogate}/u;
/** Longer than any answer to what the service asks; it has to fit in the module's memory beside the sessions. */
const MOST_LETTERS = 2 ** 25;
/** More are as good as none: reading the sessions anew is quicker. */
export const MOST_ENTRIES = 2 ** 16;
/** What the service names its epochs and tags: 53 bits in digits of five. */
const NAME = /^[0-7][0-9a-v]{10}$/;

const CODES = { QuotaExceededError: "storage_full", SecurityError: "storage_denied", NotAllowedError: "storage_denied" };
const ADVICE = {
  storage_full: "The store is full. Remove something from it, and try again.",
  storage_denied: "The browser refuses this store here. Allow site data for this site.",
  storage_failed: "The store failed, or answered what StorageProvider does not allow. See the cause.",
  protocol_mismatch: "A newer build has written to the store. Deploy that build again.",
};

/**
 * The error for what a store threw, with `unknown` if the commit may have taken effect all the same. Reading it may run
 * code of whoever threw it.
 */
export function failure(cause) {
  let code = "storage_failed";
  let unknown = false;
  try {
    unknown = cause.unknown === true;
    const { name, code: own } = cause;
    if (Object.hasOwn(CODES, name)) code = CODES[name];
    else if (Object.hasOwn(ADVICE, own)) code = own;
  } catch {
    // It keeps its reasons to itself.
  }
  const error = new SessionError(code, ADVICE[code], code === "storage_failed", { cause });
  return Object.assign(error, { unknown });
}

/** What the store answered is no answer. A commit may well have happened. */
class Nonsense extends Error {
  name = "Nonsense";
  unknown = true;
}

function must(fits) {
  if (!fits) throw new Nonsense("the store's answer is not what StorageProvider says");
}

/** Right as far as it was read, and too much to take at once. */
class TooMuch extends Nonsense {
  name = "TooMuch";
}

/** Counts the letters of one answer. */
function reader() {
  let letters = 0;
  return (value) => {
    must(typeof value === "string");
    if ((letters += value.length) > MOST_LETTERS) throw new TooMuch("the store's answer is too long");
    must(!LONE_SURROGATE.test(value));
    return value;
  };
}

/** The members of a list of at most `most`, each through `read`. A list may be a proxy that tells another length each time. */
function list(value, most, read) {
  must(Array.isArray(value));
  const { length } = value;
  must(Number.isSafeInteger(length) && length >= 0 && length <= most);
  return listOf(length, (at) => read(value[at]));
}

export function readVersion(value) {
  if (value === null) return null;
  must(typeof value === "object");
  const { epoch, seq, tag } = value;
  for (const drawn of [epoch, tag]) must(typeof drawn === "string" && NAME.test(drawn));
  must(Number.isSafeInteger(seq) && seq >= 0);
  return { epoch, seq, tag };
}

/** Compares as UTF-8 bytes would; JavaScript itself compares UTF-16 units, where surrogates come before U+E000. */
const byBytes = (text) => text.replace(/[\ud800-\uffff]/g, (one) => String.fromCharCode(one.charCodeAt(0) + (one < "\ue000" ? 0x2000 : -0x800)));

function inOrder(keys) {
  const rises = (rank) => keys.every((key, at) => at === 0 || rank(keys[at - 1]) < rank(key));
  return rises((key) => key) || rises(byBytes);
}

/** What each operation may answer; `args` are those it was called with. */
const READ = {
  head: readVersion,
  get: (values, [keys]) => {
    const text = reader();
    const read = list(values, keys.length, (value) => (value === null ? null : text(value)));
    must(read.length === keys.length);
    return read;
  },
  list: (entries, [prefix, { after, limit }]) => {
    const text = reader();
    const read = list(entries, limit, (entry) => {
      must(Array.isArray(entry));
      return [text(entry[0]), text(entry[1])];
    });
    const keys = read.map(([key]) => key);
    must(keys.every((key) => key.startsWith(prefix)) && inOrder(after === undefined ? keys : [after, ...keys]));
    return read;
  },
  commit: (answer) => {
    must(answer === "committed" || answer === "stale");
    return answer;
  },
  since: (entries) => {
    if (entries === null || (Array.isArray(entries) && entries.length > MOST_ENTRIES)) return null;
    try {
      return list(entries, MOST_ENTRIES, reader());
    } catch (cause) {
      if (cause instanceof TooMuch) return null;
      throw cause;
    }
  },
  probe: () => true,
};

/**
 * @param {import("../service.d.ts").StorageProvider} provider of whatever kind
 * @param {number} deadlineMs after which an operation has failed; default: never, the service has a deadline of its own
 * @returns {{ ask(operation: string, args: unknown[]): Promise<unknown>, watch(changed: () => void): () => void, close(): void }}
 *   `ask` rejects with nothing but a SessionError; the others do not throw
 */
export function guard(provider, deadlineMs) {
  const call = async (operation, args) => {
    if (operation === "probe" && typeof provider.probe !== "function") return READ.head(await provider.head());
    if (operation === "list") return page(...args);
    return READ[operation](await provider[operation](...args), args);
  };
  /** A page of large values is had in smaller ones: whoever asks goes on after its last key, however many there are. */
  let went = Number.MAX_SAFE_INTEGER;
  const page = async (prefix, { limit: wanted, ...options }) => {
    for (let limit = Math.min(wanted, went * 2); ; limit = Math.floor(limit / 2)) {
      const args = [prefix, { ...options, limit }];
      try {
        const read = READ.list(await provider.list(...args), args);
        went = Math.max(limit, 1);
        return read;
      } catch (cause) {
        if (!(cause instanceof TooMuch) || limit <= 1) throw cause;
      }
    }
  };
  return {
    ask: async (operation, args) => {
      try {
        return await (deadlineMs ? within(deadlineMs, call(operation, args)) : call(operation, args));
      } catch (cause) {
        throw failure(cause);
      }
    },
    watch: (changed) => {
      let due = false;
      let over = false;
      // Called in the middle of something, or a thousand times at once, it comes to one call soon after.
      const soon = () => {
        if (due || over) return;
        due = true;
        queueMicrotask(() => {
          due = false;
          if (!over) changed();
        });
      };
      // Without it, what others commit is noticed at the next heartbeat.
      const unwatch = quietly(() => provider.watch?.(soon));
      return () => {
        over = true;
        quietly(async () => (await unwatch)?.());
      };
    },
    close: () => quietly(() => provider.close?.()),
  };
}

async function within(ms, work) {
  let timer;
  const over = new Promise((_, reject) => (timer = setTimeout(() => reject(new Nonsense("the store does not answer")), ms)));
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

async function quietly(call) {
  try {
    return await call();
  } catch {
    // There is nobody left to tell.
  }
}
