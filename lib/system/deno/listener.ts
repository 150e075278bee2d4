import { errorCode } from "../file_errors.ts";
import type { Connection } from "../client_connections.ts";
import type { Listen } from "../http_server.ts";
import { messageOf } from "../message_of.ts";

/** Temporary shortages: too many open files, or too little memory. */
const SHORTAGE = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How often to retry after a failure, and for how long. */
const RETRY_MS = 50;
const GIVE_UP_MS = 30_000;

/**
 * The bytes to read at a time: more once a client sends as many. Most send one
 * request and then nothing while they read a long stream.
 */
const PIECE = 2_048;
const LARGE_PIECE = 32_768;

/** Accepts connections by `Deno.listen`. */
export const denoListen: Listen = ({ onOpen, onShortage, onFailure }) => {
  const open = (port: number) => Deno.listen({ hostname: "127.0.0.1", port });
  let listener = open(0);
  const { port } = listener.addr;
  let isClosed = false;
  let failingSince: number | undefined;
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
        onOpen(connectionOf(connection));
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

function connectionOf(connection: Deno.TcpConn): Connection {
  let buffer = new Uint8Array(PIECE);
  let isFull = false;
  connection.setNoDelay(true);
  return {
    async read() {
      if (isFull) buffer = new Uint8Array(LARGE_PIECE);
      const size = await connection.read(buffer);
      isFull = size === PIECE;
      return size === null ? undefined : buffer.subarray(0, size);
    },

    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(at === 0 ? bytes : bytes.subarray(at));
      }
    },

    end: () => void connection.closeWrite().catch(() => {}),

    destroy() {
      try {
        connection.close();
      } catch {
        // Already closed.
      }
    },
  };
}
