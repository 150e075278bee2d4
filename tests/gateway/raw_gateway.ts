import { createGateway, type Gateway } from "../../lib/gateway/gateway.ts";
import { NOW } from "../support/account_folder.ts";
import { startRawUpstream, type TestUpstream } from "../support/upstream.ts";
import { poolOf, type TestPool } from "./accounts.ts";
import { type GatewayClock, gatewayClock } from "./gateway_clock.ts";
import { signalFor } from "../support/deadline.ts";

/** The key that a client of {@linkcode gatewayTo} must send. */
export const TOKEN = "token-of-the-run";

/** An event with characters of two, three and four bytes. */
export const CONTENT =
  'data: {"choices":[{"delta":{"content":"é漢🙂"}}]}\r\n\r\n';

/** The event as a chunk (RFC 9112, section 7.1). */
export const CONTENT_CHUNK = `${
  new TextEncoder().encode(CONTENT).length.toString(16)
}\r\n${CONTENT}\r\n`;

/** The beginning of a reply whose events come as chunks. */
export const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
  "transfer-encoding: chunked\r\n\r\n";

/** A whole reply. */
export const GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

/** Creates a request that the gateway admits. */
export function ask(method = "POST"): Request {
  return new Request("http://localhost/v1/chat/completions", {
    method,
    headers: { authorization: `Bearer ${TOKEN}` },
    ...(method === "POST" ? { body: "{}" } : {}),
  });
}

/** A gateway under test, and what its pool was told. */
export interface TestGateway {
  gateway: Gateway;
  pool: TestPool;
  system: GatewayClock;
}

/** Creates a gateway for `upstreams` that tries no account twice. */
export function gatewayTo(upstreams: readonly TestUpstream[]): TestGateway {
  const pool = poolOf(upstreams.map((it) => it.url));
  const system = gatewayClock(NOW);
  const gateway = createGateway({ token: TOKEN, pool, system, backoffMs: [] });
  return { pool, system, gateway };
}

/** A service whose replies never end. */
export interface SilentUpstream extends TestUpstream {
  /** Resolves when a request arrives. */
  readonly asked: Promise<void>;
  /** Resolves when the other side has disconnected. */
  readonly hungUp: Promise<void>;
}

/** Starts a service that sends only `beginning` for each request. */
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

/**
 * Starts a service that sends `parts` for each request, and closes the
 * connection.
 */
export function says(...parts: (string | Uint8Array)[]): TestUpstream {
  return startRawUpstream(async (connection) => {
    for (const part of parts) await connection.write(part);
  });
}
