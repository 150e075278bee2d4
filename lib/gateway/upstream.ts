import type { Verdict } from "../quota/classify.ts";
import { reasonOf } from "../runtime/fetch_failure.ts";
import { isSafe } from "../runtime/loopback.ts";
import type { Connections } from "../runtime/mod.ts";
import type { System } from "../system.ts";
import { withoutEncoding } from "./decode.ts";
import { errorReply } from "./error_reply.ts";
import { replyHeaders, requestHeaders } from "./headers.ts";
import type { KeptBody, SentBody } from "./kept_body.ts";
import type { Upstream } from "./pool.ts";

/** What a client asks for, ready to be sent to any account. Secret. */
export interface Call {
  /** The HTTP method. */
  method: string;
  /** What comes below the base of an account, with the query. */
  path: string;
  /** The client's header. */
  headers: Headers;
  /** The client's body, if there is one. */
  body: KeptBody | undefined;
  /** The model that the body asks for, if it does. */
  model: string | undefined;
  /** What the client knows. */
  token: string;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
}

/** How to reach an account. */
export interface AskOptions {
  /** The way there. */
  connections: Connections;
  /** The clock and the network. */
  system: Pick<System, "sleep" | "fetch">;
}

/** A reply, or ours in place of the one that did not come. */
export interface Answer {
  /** To pass on. */
  response: Response;
  /** Why no reply came, if none did. */
  failure?: Verdict;
}

/** A model may think before it begins to answer. */
const HEADER_LIMIT_MS = 300_000;

/**
 * Sends `call` to the account `upstream` and returns the reply. Redirects are
 * not followed: the key is for this address only. A reply with more than 100
 * fields is none to Deno (2.9.6).
 *
 * @throws The reason of the call's signal, if the client is gone.
 */
export async function ask(
  call: Call,
  upstream: Upstream,
  options: AskOptions,
): Promise<Answer> {
  const { connections, system } = options;
  const { account, baseUrl, secret, modelFor } = upstream;
  const { method, body, model, token, signal } = call;
  const url = addressOf(baseUrl, call.path);
  if (!url) return { response: badAddress(account) };
  const asked = model === undefined ? undefined : modelFor(model);
  const limit = new AbortController();
  const done = new AbortController();
  const onAbort = () => limit.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort);
  const timer = system.sleep(HEADER_LIMIT_MS, done.signal)
    .then(() => limit.abort(), () => {});
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
      signal: limit.signal,
    });
    return { response: await toPassOn(response, upstream, connections) };
  } catch (error) {
    sent?.drop();
    signal.throwIfAborted();
    const reason = limit.signal.aborted
      ? `no answer within ${HEADER_LIMIT_MS / 1_000} s`
      : reasonOf(error);
    return unreachable(account, reason);
  } finally {
    done.abort();
    await timer;
  }
}

/** An account that cannot be reached, and for whom it may be otherwise. */
export function unreachable(account: number, reason: string): Answer {
  const message = `Cannot reach the provider of account ${account}: ${reason}`;
  return {
    response: errorReply({ status: 502, message, type: "connection_error" }),
    failure: { kind: "transient", evidence: message },
  };
}

function addressOf(baseUrl: string, path: string): URL | undefined {
  const base = URL.parse(baseUrl);
  const url = URL.parse(baseUrl.replace(/\/+$/, "") + path);
  if (!base || !url) return undefined;
  const isOfBase = url.origin === base.origin;
  return isOfBase && isSafe(url) && !url.username ? url : undefined;
}

/** No other account has this; the CLI stops at once. */
function badAddress(account: number): Response {
  const message =
    `Cannot ask account ${account}: its address must begin with ` +
    "https://, except on this machine";
  return errorReply({ status: 400, message, type: "invalid_request_error" });
}

async function toPassOn(
  { status, headers, body }: Response,
  { account, secret }: Upstream,
  { decodes }: Connections,
): Promise<Response> {
  if (status < 200 || status > 599) { // 101, which is not asked for
    await body?.cancel();
    const message = `Account ${account} answered with the status ${status}`;
    return errorReply({ status: 502, message, type: "connection_error" });
  }
  const encoding = headers.get("content-encoding") ?? "";
  const decoded = body === null || encoding === "" || decodes(encoding)
    ? body
    : withoutEncoding(body, encoding);
  const isDecoded = encoding !== "" && !!decoded;
  return new Response(decoded ?? body, {
    status,
    headers: replyHeaders(headers, { isDecoded, secret }),
  });
}
