import { type OAuthAction, OAuthError, type OAuthErrorCode } from "./errors.ts";
import { parseObject } from "../json.ts";
import { reasonOf } from "../system/message_of.ts";
import { realSystem, type System } from "../system/system.ts";

/** The time limit for a request, including the whole reply. */
export const REQUEST_LIMIT_MS = 30_000;

/** A token reply takes a few kilobytes; a larger one is something else. */
const MAX_REPLY_BYTES = 1024 * 1024;

/** The answer of the service: an object, or the problem with it. */
export type Reply =
  | { status: number; body: Record<string, unknown> }
  | { status: number; problem: string };

/** Options of `postForm`. */
export interface PostOptions {
  /** The requested action. */
  action: OAuthAction;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Cancels the request. */
  signal?: AbortSignal | undefined;
  /** @default realSystem */
  system?: Pick<System, "fetch" | "sleep">;
}

/**
 * Sends `form` to `url` and reads the reply, whatever its status. Does not
 * follow redirects: the form contains a secret, and our endpoints do not
 * redirect.
 *
 * @throws {OAuthError} `unreachable`, if no complete reply arrives within 30 s.
 * @throws The reason of `signal`, if it aborts.
 */
export async function postForm(
  url: string,
  form: Record<string, string>,
  options: PostOptions,
): Promise<Reply> {
  const { action, headers, signal, system = realSystem } = options;
  const limit = new AbortController();
  const done = new AbortController();
  const timer = system.sleep(REQUEST_LIMIT_MS, done.signal)
    .then(() => limit.abort(), () => {});
  try {
    const response = await system.fetch(url, {
      method: "POST",
      headers: { accept: "application/json", ...headers },
      body: new URLSearchParams(form),
      redirect: "manual",
      signal: AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]),
    });
    return await readReply(response);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = limit.signal.aborted
      ? `no answer within ${REQUEST_LIMIT_MS / 1_000} s`
      : reasonOf(error);
    const problem = `"${new URL(url).host}" cannot be reached: ${reason}`;
    throw new OAuthError(action, "unreachable", problem, { cause: error });
  } finally {
    done.abort();
    await timer;
  }
}

async function readReply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the rest.
    if (length > MAX_REPLY_BYTES) return { status, problem: "more than 1 MiB" };
    chunks.push(chunk);
  }
  const bytes = await new Blob(chunks).bytes();
  const text = new TextDecoder().decode(bytes).trim();
  if (status >= 300 && headers.has("location")) {
    return { status, problem: "a redirect" };
  }
  if (text === "") return { status, problem: "nothing" };
  if (text.startsWith("<")) return { status, problem: "a web page" };
  const body = parseObject(text);
  return body ? { status, body } : { status, problem: "no JSON object" };
}

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
  if (isGrant) return reply.body;
  const code = codeOf(reply, action);
  throw new OAuthError(action, code, PROBLEMS[code](reply, action));
}

/** The codes that a reply can mean. */
type RefusalCode = Exclude<OAuthErrorCode, "unreachable" | "invalid_endpoint">;

/** Errors that concern the client, not the login. */
const CLIENT_ERROR =
  /^(?:invalid_client|unauthorized_client|unsupported_grant_type|invalid_scope)$/;

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
  if (error === undefined) { // this never ends a stored login
    return "body" in reply && status >= 400 ? "refused" : "unreadable";
  }
  const code = BY_ERROR.get(error) ?? "refused";
  if (action === "log in" || code === "busy" || code === "unavailable") {
    return code;
  }
  // For a refresh, any other error with these statuses means that the login has
  // ended: the agent deletes it without looking at the error.
  const isEnd = (status === 400 || status === 401) &&
    !CLIENT_ERROR.test(error);
  return isEnd || error === "invalid_grant" ? "invalid_grant" : "refused";
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
