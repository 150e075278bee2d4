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

const CODES: Readonly<Record<OAuthErrorCode, true>> = {
  access_denied: true,
  expired_token: true,
  invalid_grant: true,
  refused: true,
  busy: true,
  unavailable: true,
  unreadable: true,
  unreachable: true,
};

/** Whether `text` is the code of an {@linkcode OAuthError}. */
export function isOAuthErrorCode(text: string): text is OAuthErrorCode {
  return Object.hasOwn(CODES, text);
}

/** What was asked of the provider. */
export type OAuthAction = "log in" | "refresh the login";

/** The same where an account is named after it. */
const ACTIONS: Readonly<Record<OAuthAction, string>> = {
  "log in": "log in again with",
  "refresh the login": "refresh",
};

/** Whose tokens were asked for. */
export interface Asked {
  /** The account. */
  index: number;
  /** What the message calls it, as `account 2 (work)`. */
  name: string;
}

/** Thrown when the provider grants no tokens. Nothing stored has changed. */
export class OAuthError extends Error {
  /** What went wrong. */
  readonly code: OAuthErrorCode;
  /** The same in words, without what was asked. */
  readonly problem: string;
  /** The account that the tokens were for, if it is one that is there. */
  readonly index: number | undefined;

  /** Creates the error; `problem` completes "Cannot log in: ...". */
  constructor(
    action: OAuthAction,
    code: OAuthErrorCode,
    problem: string,
    { asked, ...options }: ErrorOptions & { asked?: Asked | undefined } = {},
  ) {
    const what = asked ? `${ACTIONS[action]} ${asked.name}` : action;
    super(`Cannot ${what}: ${problem}`, options);
    this.name = "OAuthError";
    this.code = code;
    this.problem = problem;
    this.index = asked?.index;
  }

  /** Whether the same may go well in a while. */
  get isPassing(): boolean {
    return this.code === "busy" || this.code === "unavailable" ||
      this.code === "unreachable";
  }
}
