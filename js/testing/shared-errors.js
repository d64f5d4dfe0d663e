// In place of js/error.js: every page and the service of a bridge throw errors of one class.

export const { SessionError, invalid } = sharedErrors;
