import type { Connection } from "../client_connections.ts";
import type { Listen } from "../http_server.ts";
import { bun, type BunSocket } from "./modules.ts";

/** Reading pauses while as many bytes wait to be used. */
const MOST_WAITING = 65_536;

/** Accepts connections by `Bun.listen`. */
export const bunListen: Listen = ({ onOpen }) => {
  const connections = new WeakMap<BunSocket, BunConnection>();
  const listener = bun.Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        const connection = new BunConnection(socket);
        connections.set(socket, connection);
        onOpen(connection);
      },
      data: (socket, bytes) => connections.get(socket)?.push(bytes),
      drain: (socket) => connections.get(socket)?.drain(),
      close: (socket) => connections.get(socket)?.close(),
      error: (socket) => connections.get(socket)?.close(),
    },
  });
  return {
    port: listener.port,
    close() {
      listener.stop(false);
      return Promise.resolve();
    },
  };
};

class BunConnection implements Connection {
  readonly #socket: BunSocket;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #isClosed = false;
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
    return bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#isClosed) throw new TypeError("The client has disconnected");
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

  /** Ends what waits: the client has gone. */
  close(): void {
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
