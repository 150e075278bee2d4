/**
 * A server of HTTP/1.1 (RFC 9112) on connections that a runtime accepts.
 * `node:http` takes as much of the processor for an event of a stream as all
 * the rest of a gateway, and the servers of the runtimes tell nothing of
 * connections without a request.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { ClientConnections } from "./client_connections.ts";
import { HeaderMap } from "./header_map.ts";
import { LONGEST_HEAD, parseHead, type RequestHead } from "./http_head.ts";
import { HttpInput } from "./http_input.ts";
import { sendReply } from "./http_reply.ts";
import type {
  Connection,
  LoopbackServer,
  ServedRequest,
  ServeHandler,
  ServeOptions,
} from "./network.ts";

/** Receives the events of a {@linkcode Listen}. */
interface Listener {
  /** Called when a connection has been opened. */
  onOpen(connection: Connection): void;
  /** Called when too many files are open; closes a connection if it can. */
  onShortage(): void;
  /** Called when no more connections can be accepted. */
  onFailure(error: unknown): void;
}

/** A port that the server listens on. */
interface OpenPort {
  /** Its number. */
  port: number;
  /** Stops accepting connections. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export type Listen = (listener: Listener) => OpenPort;

/** How to serve on a runtime. */
interface ServeBy {
  /** How to accept connections. */
  listen: Listen;
  /** The maximum number of open connections. */
  limit: number;
}

/**
 * Serves `handler` on a free port of 127.0.0.1. A client that closes its side
 * of a connection before the reply counts as gone: until something is written,
 * it looks the same as one that really has.
 */
export function serve(
  handler: ServeHandler,
  { onFailure = () => {}, onFull = () => {}, graceMs }: ServeOptions,
  { listen, limit }: ServeBy,
): LoopbackServer {
  const clients = new ClientConnections({ limit, graceMs });
  let hasRefused = false;
  const refuse = () => {
    if (!hasRefused) onFull(clients.size);
    hasRefused = true;
  };
  const { port, close } = listen({
    onOpen(connection) {
      if (clients.add(connection)) void converse(connection);
      else refuse();
    },
    onShortage() {
      if (!clients.makeRoom()) refuse();
    },
    onFailure,
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = close();
      clients[Symbol.dispose]();
      await closed;
    },
  };

  async function converse(connection: Connection): Promise<void> {
    const input = new HttpInput(() => connection.read());
    try {
      while (await exchange(connection, input));
    } catch {
      // The connection or the reply is broken, which the client sees.
    }
    try {
      // Closing at once could destroy bytes that the client has not read.
      connection.end();
      clients.suspect(connection, LINGER_MS);
      while (await connection.read());
    } catch {
      // The client has gone.
    }
    clients.remove(connection);
    connection.destroy();
  }

  /** Answers a request; returns whether another one may follow. */
  async function exchange(
    connection: Connection,
    input: HttpInput,
  ): Promise<boolean> {
    const bytes = await input.head();
    if (!bytes) return false;
    const isTooLong = bytes.length >= LONGEST_HEAD;
    const head = isTooLong ? undefined : parseHead(bytes);
    if (!head) {
      const status = isTooLong ? 431 : 400;
      await sendReply(
        connection,
        { status, headers: new HeaderMap(), body: null },
        {},
      );
      return false;
    }
    const gone = new AbortController();
    const body = bodyOf(head, { connection, input, gone });
    let isAdmitted = false;
    const { method, url, headers } = head;
    const request: ServedRequest = {
      ...{ method, url, headers },
      body: body.source,
      signal: gone.signal,
      admit() {
        isAdmitted = true;
        clients.prove(connection);
      },
    };
    const response = await handler(request);
    const persists = isAdmitted && head.mayPersist && body.isRead();
    await sendReply(connection, response, {
      gone: gone.signal,
      head,
      persists,
    });
    return persists && !gone.signal.aborted;
  }
}

/** How long a client may take to close a connection after us, milliseconds. */
const LINGER_MS = 5_000;

/** Methods without a body. */
const WITHOUT_BODY = new Set(["GET", "HEAD"]);

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

/** The body of a request. */
interface RequestBody {
  /** Its bytes, if it has one. */
  source: ByteSource | null;
  /** Whether the input is at its end. */
  isRead: () => boolean;
}

/** Once the body is read, `gone` aborts when the client leaves. */
function bodyOf(
  { method, headers, length }: RequestHead,
  { connection, input, gone }: {
    connection: Connection;
    input: HttpInput;
    gone: AbortController;
  },
): RequestBody {
  const leave = () => gone.abort();
  if (length === null || WITHOUT_BODY.has(method)) {
    input.watch(leave);
    return { source: null, isRead: () => !length };
  }
  let isRead = false;
  let isAwaited = /^100-continue$/i.test(headers.get("expect") ?? "");
  const body = input.body(length, {
    onEnd() {
      isRead = true;
      input.watch(leave);
    },
    onFail: leave,
  });
  const source: ByteSource = {
    async read() {
      if (isAwaited) await connection.write(CONTINUE);
      isAwaited = false;
      return await body.read();
    },
    cancel: (reason) => body.cancel(reason),
  };
  return { source, isRead: () => isRead };
}
