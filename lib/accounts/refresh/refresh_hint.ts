import { DoubtfulAccountError } from "../../errors.ts";
import {
  InvalidCredentialError,
  LoginEndedError,
  UnsavedLoginError,
} from "../../login_errors.ts";
import {
  InvalidEndpointError,
  OAuthError,
  type OAuthErrorCode,
} from "../../oauth/errors.ts";
import { errorCode } from "../../system/mod.ts";
import { invocation } from "../../program.ts";

/** What to do after a login or a refresh that has failed, one line. */
export function hintOfRefresh(error: unknown): string | undefined {
  if (error instanceof OAuthError) return hintOfOAuth(error);
  if (error instanceof LoginEndedError) {
    return `log in again: ${invocation()} login ${error.index}`;
  }
  if (error instanceof UnsavedLoginError) return hintOfUnsaved(error);
  if (error instanceof InvalidEndpointError) {
    return "unset it to use the usual address";
  }
  const needsDecision = error instanceof DoubtfulAccountError ||
    error instanceof InvalidCredentialError;
  return needsDecision ? `${invocation()} doctor` : undefined;
}

/** What to do first about what kept the tokens from being saved. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EACCES: "make the accounts folder writable, then ",
  EDQUOT: "make room, then ",
  ENOSPC: "make room, then ",
  EROFS: "make the accounts folder writable, then ",
};

/** How to bring the tokens to where they belong. */
function hintOfUnsaved({ cause, index, path }: UnsavedLoginError): string {
  const first = OBSTACLES[errorCode(cause) ?? ""] ?? "";
  if (path !== undefined) {
    return `${first}see how to import them: ${invocation()} doctor`;
  }
  const whose = index === undefined ? "" : ` ${index}`;
  return `${first}log in: ${invocation()} login${whose}`;
}

/** Returns what to do after `error`, in one line. */
function hintOfOAuth({ code, index }: OAuthError): string {
  const login = `${invocation()} login${
    index === undefined ? "" : ` ${index}`
  }`;
  return HINTS[code](login);
}

const LATER = "try again in a few minutes; what is stored has not changed";

const HINTS: Readonly<Record<OAuthErrorCode, (login: string) => string>> = {
  access_denied: (login) => `to allow it after all: ${login}`,
  expired_token: (login) => `start again with a new code: ${login}`,
  invalid_grant: (login) => `log in again: ${login}`,
  refused: () => `check for a newer version: ${invocation()} upgrade`,
  busy: () => LATER,
  unavailable: () => LATER,
  unreadable: () => "a proxy or the login page of a network may be in the way",
  unreachable: () => "check the network and the proxy, then try again",
};
