/** Thrown when the address for logins is not safe to use. */
export class InvalidEndpointError extends Error {
  /** Creates the error for the setting `name`; `problem` completes "it ...". */
  constructor(name: string, problem: string) {
    super(`Cannot use ${name}: it ${problem}`);
    this.name = "InvalidEndpointError";
  }
}

/** Reasons why a login or a refresh fails. */
export type OAuthErrorCode =
  /** The user denied access in the browser. */
  | "access_denied"
  /** The user did not confirm the code before it expired. */
  | "expired_token"
  /** The service no longer accepts the login or the code. */
  | "invalid_grant"
  /** The service refuses for a reason that a new login would not change. */
  | "refused"
  /** The service has received too many requests. */
  | "busy"
  /** The service reports an internal error. */
  | "unavailable"
  /** The answer is not a token reply: a web page, empty, or too long. */
  | "unreadable"
  /** No answer arrived. */
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

/** The requested action. */
export type OAuthAction = "log in" | "refresh the login";

/** The same, before the name of an account. */
const ACTIONS: Readonly<Record<OAuthAction, string>> = {
  "log in": "log in again with",
  "refresh the login": "refresh",
};

/** The account whose tokens were requested. */
export interface Asked {
  /** The number of the account. */
  index: number;
  /** The name in the message, such as `account 2 (work)`. */
  name: string;
}

/** Thrown when the service grants no tokens. What is stored has not changed. */
export class OAuthError extends Error {
  /** The reason. */
  readonly code: OAuthErrorCode;
  /** The reason in words, without the action. */
  readonly problem: string;
  /** The account whose tokens were requested, if it exists. */
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

  /** Whether the request may succeed later. */
  get isPassing(): boolean {
    return this.code === "busy" || this.code === "unavailable" ||
      this.code === "unreachable";
  }
}
