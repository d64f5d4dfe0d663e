/** `code` is stable and is what programs test; `message` says what to do about it. */
export class SessionError extends Error {
  constructor(code, message, retryable = false, options) {
    super(message, options);
    this.name = "SessionError";
    this.code = code;
    this.retryable = retryable;
  }
}

/** The error for a value that is not acceptable, naming the field. */
export const invalid = (field, why) => new SessionError("invalid_argument", `${field} ${why}`);
