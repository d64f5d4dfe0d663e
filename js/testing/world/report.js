// Errors that nobody catches, such as those of a test's own listeners.

/** Raises `error` as one that nobody caught, by the host's way where it has one. */
export function report(error) {
  if (typeof reportError === "function") reportError(error);
  else Promise.reject(error);
}
