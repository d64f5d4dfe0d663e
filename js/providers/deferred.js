// The providers as the package exports them. What they are made of is fetched when one is first used: most owners keep
// their sessions in IndexedDB and need none of it.
import { SessionError } from "../error.js";
import { further } from "../further.js";

export const load = further("providers.js", () => import("./providers.js"));

const METHODS = ["head", "get", "list", "commit", "since"];

/** Errors of a file that was bundled apart, as those that programs test for. */
function own(error) {
  if (error instanceof SessionError || error?.name !== "SessionError") return error;
  const { code, message, retryable, cause, unknown } = error;
  return Object.assign(new SessionError(code, message, retryable, { cause }), unknown === undefined ? {} : { unknown });
}

async function typed(call) {
  try {
    return await call();
  } catch (error) {
    throw own(error);
  }
}

/** A provider that is made when it is first asked something; a failure to make it is not remembered. */
export function deferred(make, more, methods = METHODS) {
  let made;
  const provider = () => (made ??= make().catch((error) => {
    made = undefined;
    throw error;
  }));
  const method = (name) => (...args) => typed(async () => (await provider())[name](...args));
  return {
    ...Object.fromEntries(methods.map((name) => [name, method(name)])),
    ...more,
    watch(changed) {
      const watching = provider().then((its) => its.watch?.(changed));
      watching.catch(() => {});
      return () => void watching.then((unwatch) => unwatch?.(), () => {});
    },
    close: async () => (await made)?.close?.(),
  };
}

export const fromKeyValue = (store, options) => deferred(async () => (await load()).fromKeyValue(store, options), { locked: true });
export const localStorageProvider = (name, options) =>
  deferred(async () => (await load()).localStorageProvider(name, options), { locked: true }, [...METHODS, "probe"]);
export const memoryProvider = () => deferred(async () => (await load()).memoryProvider());
export const migrateStore = (from, to) => typed(async () => (await load()).migrateStore(from, to));

/** A provider of whatever kind, as the module asks it. */
export const guarded = (provider) => typed(async () => (await load()).forModule(provider));
