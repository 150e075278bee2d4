import { sourceOf } from "../system/byte_source.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { defaultOf } from "../setting_lookup.ts";
import type { IncomingRequest, Reply } from "../system/network.ts";
import { realSystem } from "../system/system.ts";
import { Addresses } from "./address.ts";
import { type Door, enter } from "./door.ts";
import { errorReply } from "./error_reply.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { KeptBody } from "./kept_body.ts";
import type {
  CreateGatewayOptions,
  StartGatewayOptions,
} from "./gateway_options.ts";
import { type OpenCall, openCall } from "./open_call.ts";
import { responseOf } from "./reply.ts";
import { WIRES } from "./wire/wires.ts";

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

/** A gateway that tells its server which requests it admits. */
interface GatewayBehindDoor extends Gateway {
  /** Answers a request, and calls `onAdmit` if its client has the key. */
  answer(request: IncomingRequest, onAdmit?: () => void): Promise<Reply>;
}

function gatewayBehindDoor(options: CreateGatewayOptions): GatewayBehindDoor {
  const {
    pool,
    hosts,
    basePath,
    wire: wireName = "openai_chat",
    system = realSystem,
    token = system.randomBytes(32).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    }),
    shortPauseMs = defaultOf("short-pause"),
    backoffMs = [500, 1_000],
    pauseFor = (failures) => backoffMs[failures],
    firstByteTimeoutMs = defaultOf("first-byte-timeout"),
    maxRetries = defaultOf("max-retries"),
    quotaPatterns,
    rules,
    dayBeginsMs,
    bodyMemoryLimit = 1_048_576,
    onError = () => {},
    onUsage,
    onWait = () => {},
    onWrongKey = () => {},
  } = options;
  const wire = WIRES[wireName];
  const door: Door = {
    token,
    basePath: pathOf(basePath),
    isOurs: (host) => hosts ? hosts.includes(host) : LOOPBACK.test(host),
    wire,
  };
  const connections = runtime.host.connections(options.proxy);
  const openCalls = new Set<OpenCall>();
  const working = new Set<Promise<unknown>>();
  let hasEnded = false;
  const forwarding: ForwardOptions = {
    pool,
    connections,
    system,
    shortPauseMs,
    pauseFor,
    firstByteTimeoutMs,
    maxRetries,
    classifying: { quotaPatterns, rules, dayBeginsMs },
    onLater: (work) => note(work.catch(onError)),
    onUsage,
    sink: pool.sink,
    addresses: new Addresses(),
    onWait,
  };

  const gateway: GatewayBehindDoor = {
    token,
    async fetch(request) {
      const { method, url, headers, signal, body } = request;
      const source = body && sourceOf(body);
      return responseOf(
        await gateway.answer({ method, url, headers, signal, body: source }),
      );
    },
    async answer(request, onAdmit = () => {}) {
      if (hasEnded) throw new TypeError("Cannot answer: the gateway has ended");
      const entry = enter(request, door);
      if (entry.refusal) {
        if (entry.fault === "wrong-key") onWrongKey();
        return entry.refusal;
      }
      onAdmit();
      const call = openCall(request.signal, () => openCalls.delete(call));
      openCalls.add(call);
      try {
        call.signal.throwIfAborted();
        const reply = await note(answer(request, entry.path, call));
        if (reply.body) return { ...reply, body: call.passOn(reply.body) };
        call.end();
        return reply;
      } catch (error) {
        call.end();
        call.signal.throwIfAborted();
        onError(error);
        return errorReply(wire, {
          fault: "own-failure",
          message: `Cannot answer: ${messageOf(error)}`,
        });
      }
    },
    async [Symbol.asyncDispose]() {
      hasEnded = true;
      const reason = new DOMException("The run has ended", "AbortError");
      for (const call of openCalls) call.abort(reason);
      await Promise.allSettled(working);
      connections[Symbol.dispose]();
    },
  };
  return gateway;

  async function answer(
    request: IncomingRequest,
    path: string,
    { signal, abort, onEnd }: OpenCall,
  ): Promise<Reply> {
    using body = await KeptBody.of(request, bodyMemoryLimit);
    const model = await body?.model();
    const lacksUsage = pool.sink !== undefined && asksNoUsage(body);
    const { method, headers } = request;
    const about = { method, path, headers, body, model, lacksUsage };
    const call = { ...about, token, wire, signal, abort, onEnd };
    return await forward(call, forwarding);
  }

  function asksNoUsage(body: KeptBody | undefined): boolean {
    const text = wire.usageOption && body?.text();
    return text !== undefined && wire.usageOption?.isMissing(text) === true;
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
  const server = await runtime.host.serve(
    (it) => gateway.answer(it, () => it.admit()),
    { onFailure: options.onStop, onFull: options.onFull },
  );
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
