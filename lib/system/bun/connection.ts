import { errorCode } from "../file_errors.ts";
import type { Connect } from "../http_client.ts";
import type { Connection } from "../network.ts";
import { bun, type BunSocket, type BunSocketHandlers } from "./modules.ts";

/** Reading pauses while as many bytes wait to be used. */
const MOST_WAITING = 65_536;

const connections = new WeakMap<BunSocket, BunConnection>();

/** Returns a socket that was opened with the {@linkcode handlers}, in our form. */
export function connectionOf(socket: BunSocket): Connection {
  const connection = new BunConnection(socket);
  connections.set(socket, connection);
  return connection;
}

/** Receives the events of sockets. */
export const handlers: Omit<BunSocketHandlers, "open"> = {
  data: (socket, bytes) => connections.get(socket)?.push(bytes),
  drain: (socket) => connections.get(socket)?.drain(),
  close: (socket, error) => connections.get(socket)?.close(error),
  error: (socket, error) => connections.get(socket)?.close(error),
};

/**
 * An IP address, in the notation of `URL`. A server may refuse a client that
 * sends one as its name (RFC 6066, section 3).
 */
const ADDRESS = /^(?:\[|\d+(?:\.\d+){3}$)/;

/**
 * Opens a connection by `Bun.connect`, which trusts the same certificates as
 * Bun's `fetch` (1.4.5).
 */
export const bunConnect: Connect = ({ protocol, hostname, port }, signal) => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const isSecure = protocol === "https:";
  const tls = {
    ALPNProtocols: "\x08http/1.1",
    rejectUnauthorized: true,
    // Bun (1.4.5) sends addresses too, unless the name is empty; it compares
    // the certificate with the address all the same.
    ...(ADDRESS.test(hostname) ? { serverName: "" } : {}),
  };
  let connection: Connection | undefined;
  const fail = (error: unknown) => {
    reject(error); // before it is closed for another reason
    connection?.destroy();
  };
  const abort = () => fail(signal.reason);
  signal.addEventListener("abort", abort);
  bun.Bun.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (isSecure ? 443 : 80)),
    tls: isSecure ? tls : undefined,
    socket: {
      ...handlers,
      open(socket) {
        connection = connectionOf(socket);
        if (signal.aborted) connection.destroy();
        else if (!isSecure) resolve(connection);
      },
      handshake(_, isProven, error) {
        if (isProven && connection) resolve(connection);
        else fail(error ?? new TypeError("The certificate is not trusted"));
      },
      close(socket, error) {
        handlers.close(socket, error);
        fail(error ?? new TypeError("The connection was closed"));
      },
      connectError: (_, error) => fail(withCode(error)),
    },
  }).catch((error) => fail(withCode(error)));
  return promise.finally(() => signal.removeEventListener("abort", abort));
};

/** Returns `error` with its code in its message, where a reason is looked for. */
function withCode(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const text = `${errorCode(error) ?? "error"}: ${message}`;
  return new TypeError(text, { cause: error });
}

class BunConnection implements Connection {
  readonly #socket: BunSocket;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #isClosed = false;
  #error: Error | undefined;
  /** Continues a read, and a write, that waits. */
  #onData = () => {};
  #onDrain = () => {};

  constructor(socket: BunSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#waiting.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#onData = resolve);
    }
    const bytes = this.#waiting.shift();
    if (bytes) this.#count(-bytes.length);
    else if (this.#error) throw this.#error;
    return bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#isClosed) throw new TypeError("The connection was closed");
      const rest = at === 0 ? bytes : bytes.subarray(at);
      at += Math.max(this.#socket.write(rest), 0);
      if (at === bytes.length || this.#isClosed) continue;
      await new Promise<void>((resolve) => this.#onDrain = resolve);
    }
  }

  end(): void {
    this.#socket.shutdown();
  }

  destroy(): void {
    this.#socket.terminate();
    this.close();
  }

  /** Adds bytes that arrived. */
  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#count(bytes.length);
    this.#onData();
  }

  /** Continues to write. */
  drain(): void {
    this.#onDrain();
  }

  /** Ends pending reads and writes: the connection was closed, or has failed. */
  close(error?: Error): void {
    this.#error ??= error;
    this.#isClosed = true;
    this.#onData();
    this.#onDrain();
  }

  #count(more: number): void {
    const before = this.#size;
    this.#size += more;
    if (this.#size > MOST_WAITING && before <= MOST_WAITING) {
      this.#socket.pause();
    } else if (before > MOST_WAITING && this.#size <= MOST_WAITING) {
      this.#socket.resume();
    }
  }
}
