import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { DEFAULTS } from "../settings.ts";
import { realSystem } from "../system/system.ts";
import { type Door, enter } from "./door.ts";
import { errorReply } from "./error_reply.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { KeptBody } from "./kept_body.ts";
import type {
  CreateGatewayOptions,
  StartGatewayOptions,
} from "./gateway_options.ts";
import { whenEnded } from "./when_ended.ts";

/** An API that answers with any ready account. */
export interface Gateway extends AsyncDisposable {
  /** The key that a client must send. Secret. */
  readonly token: string;
  /**
   * Answers a request. Rejects only if the request's signal aborts, or the
   * gateway has ended.
   */
  fetch(request: Request): Promise<Response>;
}

/** A gateway that listens on this machine. */
export interface RunningGateway extends AsyncDisposable {
  /** The base URL for the client. */
  readonly url: string;
  /** The key that a client must send. Secret. */
  readonly token: string;
}

/** The agent stops at this status. After a 500 it sends 28 requests. */
const STOPS_THE_AGENT = 400;

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Creates a gateway that answers the caller's requests. Disposing of it ends the
 * requests in flight.
 *
 * @example
 * ```ts
 * import { AccountManager, createGateway, openKeyPool } from "@x/qwen-rotate";
 *
 * const pool = await openKeyPool(new AccountManager());
 * const gateway = createGateway({ pool });
 * const request = new Request("http://localhost/v1/chat/completions", {
 *   method: "POST",
 *   headers: {
 *     authorization: `Bearer ${gateway.token}`,
 *     "content-type": "application/json",
 *   },
 *   body: JSON.stringify({
 *     model: "coder",
 *     messages: [{ role: "user", content: "Say hello" }],
 *   }),
 * });
 * const response = await gateway.fetch(request);
 * console.log(response.status, await response.json());
 * await gateway[Symbol.asyncDispose]();
 * await pool.end();
 * ```
 */
export function createGateway(options: CreateGatewayOptions): Gateway {
  return gatewayBehindDoor(options);
}

/** A gateway, with the access check that a server needs before the body. */
interface GatewayBehindDoor extends Gateway {
  /** Whether `request` comes from the client of this gateway. */
  admits(request: Request): boolean;
}

function gatewayBehindDoor(options: CreateGatewayOptions): GatewayBehindDoor {
  const {
    pool,
    hosts,
    basePath,
    system = realSystem,
    token = system.randomBytes(32).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    }),
    shortPauseMs = DEFAULTS.shortPauseMs,
    backoffMs = [500, 1_000],
    firstByteTimeoutMs = DEFAULTS.firstByteTimeoutMs,
    maxRetries = DEFAULTS.maxRetries,
    quotaPatterns,
    dayBeginsMs,
    bodyMemoryLimit = 1_048_576,
    onError = () => {},
    onWait = () => {},
  } = options;
  const door: Door = {
    token,
    basePath: pathOf(basePath),
    isOurs: (host) => hosts ? hosts.includes(host) : LOOPBACK.test(host),
  };
  const connections = runtime.host.connections(options.proxy);
  const underWay = new Set<AbortController>();
  const working = new Set<Promise<unknown>>();
  let hasEnded = false;
  const forwarding: ForwardOptions = {
    pool,
    connections,
    system,
    shortPauseMs,
    backoffMs,
    firstByteTimeoutMs,
    maxRetries,
    quotaPatterns,
    dayBeginsMs,
    onLater: (work) => note(work.catch(onError)),
    onWait,
  };

  return {
    token,
    admits: (request) => enter(request, door).refusal === undefined,
    async fetch(request) {
      if (hasEnded) throw new TypeError("Cannot answer: the gateway has ended");
      const entry = enter(request, door);
      if (entry.refusal) return entry.refusal;
      const call = new AbortController();
      const onAbort = () => call.abort(request.signal.reason);
      request.signal.addEventListener("abort", onAbort);
      underWay.add(call);
      const done = () => {
        request.signal.removeEventListener("abort", onAbort);
        underWay.delete(call);
      };
      try {
        request.signal.throwIfAborted();
        const response = await note(answer(request, entry.path, call.signal));
        return whenEnded(response, done, call.signal);
      } catch (error) {
        done();
        call.signal.throwIfAborted();
        onError(error);
        return errorReply({
          status: STOPS_THE_AGENT,
          message: `Cannot answer: ${messageOf(error)}`,
          type: "server_error",
        });
      }
    },
    async [Symbol.asyncDispose]() {
      hasEnded = true;
      const reason = new DOMException("The run has ended", "AbortError");
      for (const it of underWay) it.abort(reason);
      await Promise.allSettled(working);
      connections[Symbol.dispose]();
    },
  };

  async function answer(
    request: Request,
    path: string,
    signal: AbortSignal,
  ): Promise<Response> {
    using body = await KeptBody.of(request, bodyMemoryLimit);
    const model = await body?.model();
    const { method, headers } = request;
    return await forward(
      { method, path, headers, body, model, token, signal },
      forwarding,
    );
  }

  /** Keeps the gateway from ending before `work` has finished. */
  function note<T>(work: Promise<T>): Promise<T> {
    working.add(work);
    const done = () => void working.delete(work);
    work.then(done, done);
    return work;
  }
}

/**
 * Starts a gateway on 127.0.0.1 and a free port, for the client that knows its
 * token. Disposing of it ends the requests in flight.
 *
 * @example
 * ```ts
 * import { AccountManager, openKeyPool, startGateway } from "@x/qwen-rotate";
 *
 * const pool = await openKeyPool(new AccountManager());
 * const gateway = await startGateway({ pool });
 * console.log(`base URL: ${gateway.url}`);
 * const response = await fetch(`${gateway.url}/models`, {
 *   headers: { authorization: `Bearer ${gateway.token}` },
 * });
 * console.log(response.status, await response.json());
 * await gateway[Symbol.asyncDispose]();
 * await pool.end();
 * ```
 */
export async function startGateway(
  options: StartGatewayOptions,
): Promise<RunningGateway> {
  const hosts: string[] = [];
  const gateway = gatewayBehindDoor({ ...options, hosts });
  const server = await runtime.host.serve((it) => gateway.fetch(it), {
    admits: (it) => gateway.admits(it),
    onFailure: options.onStop,
  });
  hosts.push(`127.0.0.1:${server.port}`, `localhost:${server.port}`);
  return {
    url: `http://127.0.0.1:${server.port}${pathOf(options.basePath)}`,
    token: gateway.token,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Returns a path in URL form, without a trailing slash. */
function pathOf(basePath = "/v1"): string {
  return new URL(basePath, "http://localhost").pathname.replace(/\/+$/, "");
}
