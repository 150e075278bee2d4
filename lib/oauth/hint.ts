import type { OAuthError, OAuthErrorCode } from "./errors.ts";
import { program } from "../program.ts";

/** Says what to do after `error`, one line. */
export function hintOfOAuth({ code, index }: OAuthError): string {
  const login = `${program()} login${index === undefined ? "" : ` ${index}`}`;
  return HINTS[code](login);
}

const LATER = "try again in a few minutes; what is stored has not changed";

const HINTS: Readonly<Record<OAuthErrorCode, (login: string) => string>> = {
  access_denied: (login) => `to allow it after all: ${login}`,
  expired_token: (login) => `start again with a new code: ${login}`,
  invalid_grant: (login) => `log in again: ${login}`,
  refused: () => `a newer ${program()} may know what the provider wants`,
  busy: () => LATER,
  unavailable: () => LATER,
  unreadable: () =>
    "open the provider's page: a proxy or a network login may be in the way",
  unreachable: () => "check the network and the proxy, then try again",
};
