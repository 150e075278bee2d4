import { nameOf } from "../account_name.ts";
import type { Verdict } from "../verdict/classify.ts";
import { isUnreadable, reasonOf } from "../system/message_of.ts";
import type { Connections } from "../system/mod.ts";
import type { ReceivedReply, Reply } from "../system/network.ts";
import { realSystem, type System } from "../system/system.ts";
import type { Addresses } from "./address.ts";
import { breakingWhenCut } from "./cut_off.ts";
import { acceptReadable, withoutEncoding } from "./decode.ts";
import { errorReply } from "./error_reply.ts";
import { FirstByteLimit } from "./first_byte.ts";
import { replyHeaders, requestHeaders } from "./headers.ts";
import type { KeptBody } from "./kept_body.ts";
import type { Upstream } from "../accounts/pool/upstream.ts";
import { KIND } from "../verdict/policy.ts";
import type { Wire } from "./wire/wire.ts";

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
  /** The format of the request and of its answer. */
  wire: Wire;
  /** Whether to ask the service for counts, which the client does not do. */
  lacksUsage: boolean;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
  /** Ends the request as if the client had disconnected. */
  abort: (reason: unknown) => void;
  /** Registers what runs once the reply has ended, in whatever way. */
  onEnd: (action: () => void) => void;
}

/** How to reach an account. */
export interface AskOptions {
  /** The addresses of the accounts. */
  addresses: Addresses;
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
  response: Reply;
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
  const { addresses, connections, firstByteTimeoutMs, system } = options;
  const { baseUrl, secret, modelFor } = upstream;
  const { method, body, model, token, wire, signal } = call;
  const member = call.lacksUsage ? wire.usageOption?.member : undefined;
  const url = addresses.at(baseUrl).urlOf(call.path);
  if (!url) return { response: badAddress(wire, upstream) };
  const asked = model === undefined ? undefined : modelFor(model);
  signal.throwIfAborted();
  const limit = new FirstByteLimit(firstByteTimeoutMs, {
    client: signal,
    system,
  });
  try {
    const headers = requestHeaders(call.headers, { token, secret, wire });
    acceptReadable(headers);
    const other = asked === model ? undefined : asked;
    const reply = await connections.send(url, {
      method,
      headers,
      body: await body?.outgoing({ model: other, member }),
      signal: limit.signal,
    }, system.fetch === realSystem.fetch ? undefined : system.fetch);
    return {
      response: await toPassOn(reply, { upstream, wire, limit }),
    };
  } catch (error) {
    limit[Symbol.dispose]();
    signal.throwIfAborted();
    const failed = { upstream, wire };
    if (isUnreadable(error)) {
      return unreadable({ ...failed, reason: reasonOf(error) });
    }
    const isSlow = limit.isUp;
    const reason = isSlow ? limit.error.message : reasonOf(error);
    return { ...unreachable({ ...failed, reason }), isSlow };
  }
}

/** A request that an account could not answer. */
interface Failed {
  /** The account. */
  upstream: Pick<Upstream, "account" | "label">;
  /** The format of the answer. */
  wire: Wire;
  /** Why it could not. */
  reason: string;
}

/** Returns the answer for an account that cannot be reached; another may be. */
export function unreachable({ upstream, wire, reason }: Failed): Answer {
  const name = nameOf(upstream.account, upstream.label);
  const message = `Cannot reach the service of ${name}: ${reason}`;
  return {
    response: errorReply(wire, { fault: "unreachable", message }),
    failure: { kind: KIND.transient, evidence: reason },
  };
}

/** A retry would fail too, so this makes the agent stop at once. */
function unreadable({ upstream, wire, reason }: Failed): Answer {
  const name = nameOf(upstream.account, upstream.label);
  const message = `Cannot read the reply of ${name}: ${reason}`;
  return {
    response: errorReply(wire, { fault: "unreadable", message }),
    failure: { kind: KIND.failed, evidence: message },
  };
}

/** No other account can help, so this makes the agent stop at once. */
function badAddress(wire: Wire, { account, label }: Upstream): Reply {
  const message =
    `Cannot use ${nameOf(account, label)}: its address must begin with ` +
    "https://, except on this machine";
  return errorReply(wire, { fault: "bad-address", message });
}

async function toPassOn(
  { status, headers, body, isDecoded, reportsReset }: ReceivedReply,
  { upstream: { account, label, secret }, wire, limit }: {
    upstream: Upstream;
    wire: Wire;
    limit: FirstByteLimit;
  },
): Promise<Reply> {
  if (!body) limit[Symbol.dispose]();
  if (status < 200 || status > 599) { // 101, which was not requested
    limit[Symbol.dispose]();
    await body?.cancel();
    const name = nameOf(account, label);
    const message = `Cannot use the reply of ${name}: its status is ${status}`;
    return errorReply(wire, { fault: "unreachable", message });
  }
  const received = body && limit.until(body);
  const whole = received && !reportsReset
    ? breakingWhenCut(received, { headers, wire })
    : received;
  const encoding = headers.get("content-encoding") ?? "";
  const decoded = whole === null || encoding === "" || isDecoded
    ? whole
    : withoutEncoding(whole, encoding);
  return {
    status,
    headers: replyHeaders(headers, {
      isDecoded: encoding !== "" && !!decoded,
      secret,
    }),
    body: decoded ?? whole,
  };
}
