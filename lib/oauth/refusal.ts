import { type OAuthAction, OAuthError, type OAuthErrorCode } from "./errors.ts";
import type { Reply } from "./wire.ts";

/**
 * Returns the error code of a reply (RFC 6749, section 5.2), whatever its
 * status: some services send an error with 200. An `error` object, as gateways
 * send, is not a code.
 */
export function errorOf(reply: Reply): string | undefined {
  if (!("body" in reply)) return undefined;
  const { error } = reply.body;
  return typeof error === "string" && error !== "" ? error : undefined;
}

/**
 * Returns the body of a successful reply.
 *
 * @throws {OAuthError} If the reply is a refusal or cannot be read.
 */
export function grantIn(
  reply: Reply,
  action: OAuthAction,
): Record<string, unknown> {
  const isGrant = reply.status < 300 && "body" in reply &&
    errorOf(reply) === undefined;
  if (!isGrant) throw refusalOf(reply, action);
  return reply.body;
}

/** The codes that a reply can mean. */
type RefusalCode = Exclude<OAuthErrorCode, "unreachable" | "invalid_endpoint">;

function refusalOf(reply: Reply, action: OAuthAction): OAuthError {
  const code = codeOf(reply, action);
  return new OAuthError(action, code, PROBLEMS[code](reply, action));
}

/** Errors that concern the client, not the login. */
const CLIENT_ERRORS = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
]);

const BY_ERROR: ReadonlyMap<string, RefusalCode> = new Map([
  ["access_denied", "access_denied"],
  ["expired_token", "expired_token"],
  ["invalid_grant", "invalid_grant"],
  ["slow_down", "busy"],
  ["authorization_pending", "busy"],
  ["server_error", "unavailable"],
  ["temporarily_unavailable", "unavailable"],
]);

function codeOf(reply: Reply, action: OAuthAction): RefusalCode {
  const { status } = reply;
  if (status >= 500) return "unavailable";
  if (status === 429) return "busy";
  const error = errorOf(reply);
  if (error === undefined) return codeOfStatus(reply);
  const code = BY_ERROR.get(error) ?? "refused";
  if (action === "log in" || code === "busy" || code === "unavailable") {
    return code;
  }
  // For a refresh, any other error with these statuses means that the login has
  // ended: the agent deletes it without looking at the error.
  const isEnd = (status === 400 || status === 401) &&
    !CLIENT_ERRORS.has(error);
  return isEnd || error === "invalid_grant" ? "invalid_grant" : "refused";
}

/**
 * Returns the meaning of a reply without an error code; it never ends a stored
 * login.
 */
function codeOfStatus(reply: Reply): RefusalCode {
  if ("problem" in reply) return "unreadable";
  return reply.status >= 400 ? "refused" : "unreadable";
}

const PROBLEMS: Record<
  RefusalCode,
  (reply: Reply, action: OAuthAction) => string
> = {
  access_denied: () => "it was denied in the browser",
  expired_token: () => "the code was not confirmed in time",
  invalid_grant: (_, action) =>
    action === "log in"
      ? "the service does not know the code"
      : "the service no longer accepts it",
  refused: (reply) => `the service refuses it (${detailsOf(reply)})`,
  busy: (reply) => `the service is overloaded (${detailsOf(reply)})`,
  unavailable: (reply) => `the service reports an error (${detailsOf(reply)})`,
  unreadable: (reply) =>
    `the service's answer is ${
      "problem" in reply ? reply.problem : "without tokens"
    } (${reply.status})`,
};

/** Returns the status and further details for a message. */
function detailsOf(reply: Reply): string {
  if ("problem" in reply) return `${reply.status}, ${reply.problem}`;
  const error = errorOf(reply) ?? "";
  // Show only a short name. Anything else may repeat what we sent.
  const isName = /^[a-z_]{1,40}$/i.test(error);
  return isName ? `${reply.status}, ${error}` : `${reply.status}`;
}
