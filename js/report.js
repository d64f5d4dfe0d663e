// What there is to tell, and nobody who asked for it. A page may have replaced or removed whatever tells it: nothing here throws.

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

/** Logs what `debug: true` asks for, as text: whoever collects consoles sees nothing of an object. */
export function debug(what, detail) {
  try {
    console.debug(what + (JSON.stringify(detail) ?? ""));
  } catch {
    // Removed, or one that throws.
  }
}
