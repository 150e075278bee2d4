import { invocation } from "../program.ts";

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
  | "unreachable"
  /** The address is not safe to use; nothing was sent. */
  | "invalid_endpoint";

const LATER = "try again in a few minutes; what is stored has not changed";

/** What to do about each; `login` is the command that logs in. */
const HINTS: Readonly<Record<OAuthErrorCode, (login: string) => string>> = {
  access_denied: (login) => `to allow it after all: ${login}`,
  expired_token: (login) => `start again with a new code: ${login}`,
  invalid_grant: (login) => `log in again: ${login}`,
  refused: () => `check for a newer version: ${invocation()} upgrade`,
  busy: () => LATER,
  unavailable: () => LATER,
  unreadable: () => "a proxy or the login page of a network may be in the way",
  unreachable: () => "check the network and the proxy, then try again",
  invalid_endpoint: () => "unset it to use the usual address",
};

/** Whether `text` is the code of an {@linkcode OAuthError}. */
export function isOAuthErrorCode(text: string): text is OAuthErrorCode {
  return Object.hasOwn(HINTS, text);
}

/** The requested action. */
export type OAuthAction = "log in" | "refresh the login";

/** The requested action, worded for the name of an account after it. */
const ACTIONS: Readonly<Record<string, string>> = {
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
  /** What to do about it. */
  readonly hint: string;

  /**
   * Creates the error; `problem` completes "Cannot log in: ...". The message
   * names the account `asked`, if there is one.
   */
  constructor(
    action: string,
    code: OAuthErrorCode,
    problem: string,
    { asked, ...options }: ErrorOptions & {
      asked?: Asked | undefined;
    } = {},
  ) {
    const what = asked ? `${ACTIONS[action]} ${asked.name}` : action;
    super(`Cannot ${what}: ${problem}`, options);
    this.name = "OAuthError";
    this.code = code;
    this.problem = problem;
    this.index = asked?.index;
    const account = asked ? ` ${asked.index}` : "";
    this.hint = HINTS[code](`${invocation()} login${account}`);
  }

  /** Whether the request may succeed later. */
  get isPassing(): boolean {
    return this.code === "busy" || this.code === "unavailable" ||
      this.code === "unreachable";
  }
}
