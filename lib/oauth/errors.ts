/** Thrown when an address to log in at is not safe to use. */
export class InvalidEndpointError extends Error {
  /** Creates the error for what `name` says; `problem` completes "it ...". */
  constructor(name: string, problem: string) {
    super(`Cannot use ${name}: it ${problem}`);
    this.name = "InvalidEndpointError";
  }
}

/** What can go wrong at a login, or when new tokens are asked for. */
export type OAuthErrorCode =
  /** Whoever was asked in the browser said no. */
  | "access_denied"
  /** Nobody confirmed the code while it was good. */
  | "expired_token"
  /** The login, or the code of one, is not accepted any more. */
  | "invalid_grant"
  /** The provider says no for a reason that a new login would not change. */
  | "refused"
  /** The provider has had too many requests. */
  | "busy"
  /** The provider is out of order. */
  | "unavailable"
  /** What came is not an answer: a web page, nothing, too much. */
  | "unreadable"
  /** No answer came. */
  | "unreachable";

/** What was asked of the provider. */
export type OAuthAction = "log in" | "refresh the login";

/** Thrown when the provider grants no tokens. Nothing stored has changed. */
export class OAuthError extends Error {
  /** What went wrong. */
  readonly code: OAuthErrorCode;

  /** Creates the error; `problem` completes "Cannot log in: ...". */
  constructor(
    action: OAuthAction,
    code: OAuthErrorCode,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot ${action}: ${problem}`, options);
    this.name = "OAuthError";
    this.code = code;
  }

  /** Whether the same may go well in a while. */
  get isPassing(): boolean {
    return this.code === "busy" || this.code === "unavailable" ||
      this.code === "unreachable";
  }
}
