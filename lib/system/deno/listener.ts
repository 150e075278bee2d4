import type { Duplex } from "node:stream";
import { errorCode } from "../file_errors.ts";
import type { Listen } from "../http_server.ts";
import { messageOf } from "../message_of.ts";

/** Temporary shortages: too many open files, or too little memory. */
const SHORTAGE = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How often to retry after a failure, and for how long. */
const RETRY_MS = 50;
const GIVE_UP_MS = 30_000;

/** The bytes to read at a time. */
const PIECE = 16_384;

/**
 * Accepts connections by `Deno.listen` and passes them to `node:http` as
 * streams. A listener of `node:net` stops for good after one EMFILE, without an
 * error (Deno 2.9.6).
 */
export const denoListen: Listen = async (
  { onOpen, onShortage, onFailure },
  server,
) => {
  const { Duplex } = await import("node:stream");
  const open = (port: number) => Deno.listen({ hostname: "127.0.0.1", port });
  let listener = open(0);
  const { port } = listener.addr;
  let isClosed = false;
  let failingSince: number | undefined;
  // Without this, node:http closes each connection after one reply.
  Object.defineProperty(server, "listening", { get: () => !isClosed });
  server.keepAliveTimeout = 0; // these streams have no timer
  const accepting = accept();
  return {
    port,
    async close() {
      if (!isClosed) listener.close();
      isClosed = true;
      await accepting;
    },
  };

  async function accept(): Promise<void> {
    while (!isClosed) {
      try {
        const connection = await listener.accept();
        failingSince = undefined;
        const stream = streamOf(connection, Duplex);
        onOpen(stream);
        if (!stream.destroyed) server.emit("connection", stream);
      } catch (error) {
        if (isClosed) return;
        if (hasClientGone(error)) continue;
        if (!await recover(error)) return;
      }
    }
  }

  /** Prepares to accept again after `error`; returns `false` if it cannot. */
  async function recover(error: unknown): Promise<boolean> {
    const now = performance.now();
    failingSince ??= now;
    try {
      if (now - failingSince > GIVE_UP_MS) throw error;
      if (!SHORTAGE.has(errorCode(error) ?? "")) reopen();
    } catch (cause) {
      if (!isClosed) listener.close();
      isClosed = true;
      const reason = messageOf(cause).replace(/^Cannot go on: /, "");
      const where = `127.0.0.1:${port}`;
      const message = `Cannot accept connections on ${where}: ${reason}`;
      onFailure(new Error(message, { cause }));
      return false;
    }
    onShortage();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return true;
  }

  function reopen(): void {
    listener.close();
    isClosed = true;
    listener = open(port);
    isClosed = false;
  }
};

/** Whether accept(2) failed only because this client has gone. */
function hasClientGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NotConnected;
}

function streamOf(
  connection: Deno.TcpConn,
  Stream: typeof Duplex,
): Duplex {
  const buffer = new Uint8Array(PIECE);
  connection.setNoDelay(true);
  const stream = new Stream({
    read() {
      connection.read(buffer).then(
        // Copy the bytes: most requests are small, and some are kept.
        (size) => stream.push(size === null ? null : buffer.slice(0, size)),
        (error) => stream.destroy(error),
      );
    },
    write(bytes: Uint8Array, _encoding, done) {
      writeAll(connection, bytes).then(() => done(), done);
    },
    writev(pieces, done) {
      writePieces(connection, pieces.map((it) => it.chunk))
        .then(() => done(), done);
    },
    final(done) {
      connection.closeWrite().then(() => done(), () => done());
    },
    destroy(error, done) {
      try {
        connection.close();
      } catch {
        // Already closed.
      }
      done(error);
    },
  });
  return stream;
}

/** Joins small pieces, such as an event and its framing, into one write. */
async function writePieces(
  connection: Deno.TcpConn,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const size = pieces.reduce((sum, it) => sum + it.length, 0);
  if (size > PIECE) {
    for (const it of pieces) await writeAll(connection, it);
    return;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const it of pieces) {
    bytes.set(it, at);
    at += it.length;
  }
  await writeAll(connection, bytes);
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
