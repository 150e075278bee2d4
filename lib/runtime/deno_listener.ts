import type { Duplex } from "node:stream";
import { errorCode } from "./file_errors.ts";
import type { Listen } from "./http_server.ts";
import { messageOf } from "./message_of.ts";

/** There are too many open files, or too little memory, for now. */
const SHORTAGE = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How long to wait for a shortage to end. */
const RETRY_MS = 50;
const GIVE_UP_MS = 30_000;

/** How much to read at a time. */
const PIECE = 16_384;

/**
 * Accepts connections by `Deno.listen`, and makes streams of them for
 * `node:http`: a listener of `node:net` stops for good after one EMFILE, and
 * tells nobody (Deno 2.9.6).
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
  // Else each connection is closed after one reply.
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
        if (!await mend(error)) return;
      }
    }
  }

  /** Whether it may accept again. */
  async function mend(error: unknown): Promise<boolean> {
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

/** Whether accept(2) only says that this client has gone by then. */
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
        // A copy: most requests are small, and some are kept.
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
        // It is closed.
      }
      done(error);
    },
  });
  return stream;
}

/** Small pieces, as an event with what frames it, go out in one write. */
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
