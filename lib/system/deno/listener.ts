import { errorCode } from "../file_errors.ts";
import type { Listen } from "../http_server.ts";
import { messageOf } from "../message_of.ts";
import { connectionOf } from "./connection.ts";

/** Temporary shortages: too many open files, or too little memory. */
const SHORTAGE = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How often to retry after a failure, and for how long. */
const RETRY_MS = 50;
const GIVE_UP_MS = 30_000;

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
        connection.setNoDelay(true);
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
