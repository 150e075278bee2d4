import { nameOf } from "../account_name.ts";
import type { Verdict } from "../verdict/classify.ts";
import { isUnreadable, reasonOf } from "../system/message_of.ts";
import { isSafe } from "../system/loopback.ts";
import type { Connections } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import { breakingWhenCut } from "./cut_off.ts";
import { withoutEncoding } from "./decode.ts";
import { errorReply } from "./error_reply.ts";
import { FirstByteLimit } from "./first_byte.ts";
import { replyHeaders, requestHeaders } from "./headers.ts";
import type { KeptBody, SentBody } from "./kept_body.ts";
import type { Upstream } from "./pool.ts";
import { KIND } from "../verdict/policy.ts";

/** A client's request, ready to be sent to any account. Secret. */
export interface Call {
  /** The HTTP method. */
  method: string;
  /** The path below the base address of an account, with the query. */
  path: string;
  /** The client's header. */
  headers: Headers;
  /** The client's body, if there is one. */
  body: KeptBody | undefined;
  /** The model in the body, if there is one. */
  model: string | undefined;
  /** The client's key. */
  token: string;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
}

/** How to reach an account. */
export interface AskOptions {
  /** The connections to services. */
  connections: Connections;
  /** How long an answer may take to begin, milliseconds. */
  firstByteTimeoutMs: number;
  /** The clock and the network. */
  system: Pick<System, "sleep" | "fetch">;
}

/** A reply, or our own in place of a missing one. */
export interface Answer {
  /** The reply to pass on. */
  response: Response;
  /** Why there was no reply, if so. */
  failure?: Verdict;
  /**
   * Whether the account took too long, so that a retry would too. @default
   * false
   */
  isSlow?: boolean;
}

/**
 * Sends `call` to the account `upstream` and returns the reply. Does not follow
 * redirects, because the key is only for this address. If the body does not
 * begin in time, its reading fails, see {@linkcode isSlowStart}.
 *
 * @throws The reason of the call's signal, if the client has disconnected.
 */
export async function ask(
  call: Call,
  upstream: Upstream,
  options: AskOptions,
): Promise<Answer> {
  const { connections, firstByteTimeoutMs, system } = options;
  const { baseUrl, secret, modelFor } = upstream;
  const { method, body, model, token, signal } = call;
  const url = addressOf(baseUrl, call.path);
  if (!url) return { response: badAddress(upstream) };
  const asked = model === undefined ? undefined : modelFor(model);
  signal.throwIfAborted();
  const ending = new AbortController();
  const onAbort = () => ending.abort(signal.reason);
  signal.addEventListener("abort", onAbort);
  const limit = new FirstByteLimit(firstByteTimeoutMs, system);
  limit.signal.addEventListener("abort", () => ending.abort(limit.error));
  let sent: SentBody | undefined;
  try {
    const headers = requestHeaders(call.headers, { token, secret });
    const other = asked === model ? undefined : asked;
    sent = await body?.send(other, connections);
    if (sent) headers.set("content-length", `${sent.size}`);
    const response = await system.fetch(url, {
      ...connections.initFor(url),
      method,
      headers,
      ...(sent ? { body: sent.body } : {}),
      redirect: "manual",
      signal: ending.signal,
    });
    return {
      response: await toPassOn(response, { upstream, connections, limit }),
    };
  } catch (error) {
    limit[Symbol.dispose]();
    sent?.drop();
    signal.throwIfAborted();
    if (isUnreadable(error)) return unreadable(upstream, reasonOf(error));
    const isSlow = limit.signal.aborted;
    const reason = isSlow ? limit.error.message : reasonOf(error);
    return { ...unreachable(upstream, reason), isSlow };
  }
}

/** Returns the answer for an account that cannot be reached; another may be. */
export function unreachable(
  { account, label }: Pick<Upstream, "account" | "label">,
  reason: string,
): Answer {
  const name = nameOf(account, label);
  const message = `Cannot reach the service of ${name}: ${reason}`;
  return {
    response: errorReply({ status: 502, message, type: "connection_error" }),
    failure: { kind: KIND.transient, evidence: reason },
  };
}

/** A retry would fail too, and this status makes the agent stop at once. */
function unreadable({ account, label }: Upstream, reason: string): Answer {
  const name = nameOf(account, label);
  const message = `Cannot read the reply of ${name}: ${reason}`;
  return {
    response: errorReply({ status: 400, message, type: "bad_reply" }),
    failure: { kind: KIND.failed, evidence: message },
  };
}

function addressOf(baseUrl: string, path: string): URL | undefined {
  const base = URL.parse(baseUrl);
  const url = URL.parse(baseUrl.replace(/\/+$/, "") + path);
  if (!base || !url) return undefined;
  const isOfBase = url.origin === base.origin;
  return isOfBase && isSafe(url) && !url.username ? url : undefined;
}

/** No other account can help, and this status makes the agent stop at once. */
function badAddress({ account, label }: Upstream): Response {
  const message =
    `Cannot use ${nameOf(account, label)}: its address must begin with ` +
    "https://, except on this machine";
  return errorReply({ status: 400, message, type: "invalid_request_error" });
}

async function toPassOn(
  { status, headers, body }: Response,
  { upstream: { account, label, secret }, connections, limit }: {
    upstream: Upstream;
    connections: Connections;
    limit: FirstByteLimit;
  },
): Promise<Response> {
  if (!body) limit[Symbol.dispose]();
  if (status < 200 || status > 599) { // 101, which was not requested
    limit[Symbol.dispose]();
    await body?.cancel();
    const name = nameOf(account, label);
    const message = `Cannot use the reply of ${name}: its status is ${status}`;
    return errorReply({ status: 502, message, type: "connection_error" });
  }
  const received = body && limit.until(body);
  const whole = received && !connections.reportsReset(headers)
    ? breakingWhenCut(received, headers)
    : received;
  const encoding = headers.get("content-encoding") ?? "";
  const decoded = whole === null || encoding === "" ||
      connections.decodes(encoding)
    ? whole
    : withoutEncoding(whole, encoding);
  const isDecoded = encoding !== "" && !!decoded;
  return new Response(decoded ?? whole, {
    status,
    headers: replyHeaders(headers, { isDecoded, secret }),
  });
}
