import { createGateway, type Gateway } from "../../lib/gateway/gateway.ts";
import { NOW } from "../support/account_folder.ts";
import { startRawUpstream, type TestUpstream } from "../support/upstream.ts";
import { poolOf, type TestPool } from "./accounts.ts";
import { type GatewayClock, gatewayClock } from "./gateway_clock.ts";
import { signalFor } from "../support/deadline.ts";

/** What a client of {@linkcode gatewayTo} must send as its key. */
export const TOKEN = "token-of-the-run";

/** An event with characters of two, three and four bytes. */
export const CONTENT =
  'data: {"choices":[{"delta":{"content":"é漢🙂"}}]}\r\n\r\n';

/** The event as a chunk (RFC 9112, section 7.1). */
export const CONTENT_CHUNK = `${
  new TextEncoder().encode(CONTENT).length.toString(16)
}\r\n${CONTENT}\r\n`;

/** How the reply begins whose events come as chunks. */
export const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
  "transfer-encoding: chunked\r\n\r\n";

/** A whole reply. */
export const GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

/** Makes a request that the gateway lets in. */
export function ask(method = "POST"): Request {
  return new Request("http://localhost/v1/chat/completions", {
    method,
    headers: { authorization: `Bearer ${TOKEN}` },
    ...(method === "POST" ? { body: "{}" } : {}),
  });
}

/** A gateway of a test, and what it was given. */
export interface TestGateway {
  gateway: Gateway;
  pool: TestPool;
  system: GatewayClock;
}

/** Makes a gateway to `upstreams` that tries no account twice. */
export function gatewayTo(upstreams: readonly TestUpstream[]): TestGateway {
  const pool = poolOf(upstreams.map((it) => it.url));
  const system = gatewayClock(NOW);
  const gateway = createGateway({ token: TOKEN, pool, system, backoffMs: [] });
  return { pool, system, gateway };
}

/** A provider of which no reply comes to its end. */
export interface SilentUpstream extends TestUpstream {
  /** Resolves when it is asked. */
  readonly asked: Promise<void>;
  /** Resolves when the other side has hung up. */
  readonly hungUp: Promise<void>;
}

/** Starts a provider that sends `beginning` to each request and nothing more. */
export function fallsSilent(beginning = ""): SilentUpstream {
  const asked = signalFor("a request");
  const hungUp = signalFor("the client to hang up");
  const upstream = startRawUpstream(async (connection) => {
    asked.resolve();
    await connection.write(beginning);
    await connection.closed();
    hungUp.resolve();
  });
  return {
    ...upstream,
    get asked() {
      return asked.promise;
    },
    get hungUp() {
      return hungUp.promise;
    },
  };
}

/** Starts a provider that sends `parts` to each request, and closes. */
export function says(...parts: (string | Uint8Array)[]): TestUpstream {
  return startRawUpstream(async (connection) => {
    for (const part of parts) await connection.write(part);
  });
}
