/**
 * A server of web requests and replies on `node:http`, which Deno and Bun have.
 *
 * @module
 */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ClientConnections } from "./client_connections.ts";
import type { LoopbackServer, ServeOptions } from "./network.ts";

/** How long a client may be idle between two requests. */
const KEEP_ALIVE_MS = 600_000;

/** Methods without a body, and methods that a `Request` cannot have. */
const WITHOUT_BODY = new Set(["GET", "HEAD"]);
const NOT_FORWARDED = new Set(["CONNECT", "TRACE", "TRACK"]); // fetch standard

/** Bytes beyond ASCII that a header may contain (RFC 9110, section 5.5). */
const NOT_ASCII = /[\x80-\xff]/;

type Handler = (request: Request) => Promise<Response>;

/** Receives the events of a {@linkcode Listen}. */
export interface Listener {
  /** Called when a connection has been opened. */
  onOpen(connection: Duplex): void;
  /** Called when too many files are open; closes a connection if it can. */
  onShortage(): void;
  /** Called when no more connections can be accepted. */
  onFailure(error: unknown): void;
}

/** A port that the server listens on. */
export interface OpenPort {
  /** Its number. */
  port: number;
  /** Stops accepting connections. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 for connections to `server`. */
export type Listen = (listener: Listener, server: Server) => Promise<OpenPort>;

/** How to serve on a runtime. */
export interface ServeBy {
  /** How to accept connections. @default by the server of `node:http` */
  listen?: Listen;
  /** The maximum number of open connections. */
  limit: number;
}

/**
 * Serves `handler` on a free port of 127.0.0.1. A client that closes its side
 * of a connection before the reply counts as gone: until something is written,
 * it looks the same as one that really has.
 */
export async function serve(
  handler: Handler,
  options: ServeOptions,
  { listen = listenByNode, limit }: ServeBy,
): Promise<LoopbackServer> {
  const { admits = () => true, onFailure = () => {} } = options;
  // A static import would be loaded at every start of the bundle.
  const { createServer } = await import("node:http");
  const clients = new ClientConnections({ limit });
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0, // a large body may take long
  }, (incoming, outgoing) => {
    const handle: Handler = async (request) => {
      if (admits(request)) clients.prove(incoming.socket);
      else outgoing.shouldKeepAlive = false;
      return await handler(request);
    };
    answer(handle, incoming, outgoing).catch(() => outgoing.destroy());
  });
  const { port, close } = await listen({
    onOpen(connection) {
      connection.on("error", () => {});
      connection.on("close", () => clients.remove(connection));
      clients.add(connection);
    },
    onShortage: () => void clients.makeRoom(),
    onFailure,
  }, server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = close();
      clients[Symbol.dispose]();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Accepts connections by the server of `node:http`. */
const listenByNode: Listen = async ({ onOpen, onFailure }, server) => {
  server.on("connection", onOpen);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.on("error", onFailure);
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("Cannot serve: there is no port");
  }
  return {
    port: address.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  incoming.on("error", () => gone.abort()); // before the body's reader
  outgoing.on("error", () => {});
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const request = toRequest(incoming, gone.signal);
  const response = request
    ? await handler(request)
    : new Response(null, { status: 400 });
  if (gone.signal.aborted) return void response.body?.cancel().catch(() => {});
  const lines = headerLines(response.headers);
  outgoing.writeHead(response.status, lines);
  if (!response.body) return void outgoing.end();
  // Sends such a header as Latin-1; node:http would send UTF-8. This may delay
  // the headers until the body, so other replies do without it.
  if (lines.some((it) => NOT_ASCII.test(it))) outgoing.write("", "latin1");
  outgoing.flushHeaders();
  await send(response.body, outgoing, gone.signal);
}

/** Returns `undefined` if a `Request` cannot represent it. */
function toRequest(
  incoming: IncomingMessage,
  signal: AbortSignal,
): Request | undefined {
  const { method = "GET", url = "", rawHeaders, headers } = incoming;
  if (!url.startsWith("/") || NOT_FORWARDED.has(method)) return undefined;
  if (incoming.headersDistinct.host?.length !== 1) return undefined;
  const address = `http://${headers.host}${url}`;
  if (!URL.canParse(address)) return undefined;
  const hasBody = !WITHOUT_BODY.has(method) &&
    ("content-length" in headers || "transfer-encoding" in headers);
  const lines = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    lines.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return new Request(address, {
    method,
    headers: lines,
    body: hasBody ? bodyOf(incoming) : null,
    signal,
  });
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  }, { highWaterMark: 0 });
}

function headerLines(headers: Headers): string[] {
  return [...headers].flat();
}

async function send(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  gone.addEventListener("abort", cancel, { once: true });
  while (true) {
    const { done, value } = await reader.read();
    if (gone.aborted) return;
    if (done) return void outgoing.end();
    if (!outgoing.write(value)) await drained(outgoing);
  }
}

/** Resolves when there is room again or the client has gone. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
