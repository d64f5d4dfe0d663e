// What the module is asked for with a promise, by the numbers that it knows them by.

/** Settled when what is shown is fresh. */
export const READ = 0;
/** Likewise, but the service is asked in any case. */
export const REFRESH = 1;
/** Settled when live. */
export const READY = 2;
/** Likewise, and it tries to connect now. */
export const RECONNECT = 3;
/** Settled when the person has been asked. */
export const ASK_ACCESS = 4;
/** Settled when what has expired for good was removed, with how many these were. */
export const CLEAN_UP = 5;
/** Settled when all is over. */
export const CLOSE = 6;
