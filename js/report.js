// What there is to tell, and nobody who asked for it.

/** Raises `error` as an uncaught one, soon. Not by `reportError`: a page may call something else of its own so. */
export function report(error) {
  try {
    queueMicrotask(() => {
      throw error;
    });
  } catch {
    // There is no other way left.
  }
}
