// Whether something that a page may have replaced still does what it did.

/** What it gives; `false` if it throws. */
export function works(task) {
  try {
    return task();
  } catch {
    return false;
  }
}
