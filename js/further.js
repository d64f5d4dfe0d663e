// Files of the package that are fetched when they are first wanted, so that no other visitor downloads them.
import { missing } from "./explain.js";

/**
 * A function that resolves with what such a file exports. A failure is a `SessionError` that names the file; it is not
 * remembered, so the next call tries again.
 *
 * @template T
 * @param {string} file as the error names it
 * @param {() => Promise<T>} fetching its `import()`, spelt out where it is: build tools carry along what they can read
 * @returns {() => Promise<T>}
 */
export function further(file, fetching) {
  let fetched;
  return () => (fetched ??= fetching().catch((cause) => {
    fetched = undefined;
    throw missing(file, cause);
  }));
}
