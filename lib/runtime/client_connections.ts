import type { Kernel } from "./kernel.ts";

/** A connection of a client, as far as it can be closed. */
export interface ClientConnection {
  /** Closes it at once. */
  destroy(): void;
}

/** How many connections there may be, and for how long. */
export interface ClientConnectionsOptions {
  /** How many there may be at a time. */
  limit: number;
  /**
   * How long a client may take to show that it is ours, milliseconds.
   *
   * @default 5_000
   */
  graceMs?: number | undefined;
}

/**
 * The open connections of a server that any local user can reach. A connection
 * is unproven until a request on it was admitted. Unproven ones are closed after
 * a while, and the oldest of them makes room where there are too many.
 */
export class ClientConnections implements Disposable {
  readonly #limit: number;
  readonly #graceMs: number;
  readonly #open = new Set<ClientConnection>();
  /** The timer that closes each unproven one, oldest first. */
  readonly #unproven = new Map<
    ClientConnection,
    ReturnType<typeof setTimeout>
  >();

  /** Creates it without a connection. */
  constructor({ limit, graceMs = 5_000 }: ClientConnectionsOptions) {
    this.#limit = limit;
    this.#graceMs = graceMs;
  }

  /** Takes a connection that has just been opened. */
  add(connection: ClientConnection): void {
    if (this.#open.size >= this.#limit && !this.makeRoom()) {
      return connection.destroy();
    }
    this.#open.add(connection);
    const close = () => this.#destroy(connection);
    this.#unproven.set(connection, setTimeout(close, this.#graceMs));
  }

  /** Notes that a request on it was admitted. */
  prove(connection: ClientConnection): void {
    clearTimeout(this.#unproven.get(connection));
    this.#unproven.delete(connection);
  }

  /** Notes that it is closed. */
  remove(connection: ClientConnection): void {
    this.prove(connection);
    this.#open.delete(connection);
  }

  /** Closes the oldest unproven one; `false` if there is none. */
  makeRoom(): boolean {
    const [oldest] = this.#unproven.keys();
    if (oldest) this.#destroy(oldest);
    return oldest !== undefined;
  }

  /** Closes all. */
  [Symbol.dispose](): void {
    for (const it of this.#open) this.#destroy(it);
  }

  #destroy(connection: ClientConnection): void {
    this.remove(connection);
    connection.destroy();
  }
}

/** What the process needs besides: its files, pipes and those of its child. */
const RESERVED = 48;

/** Each connection may need another one to a provider, and a file. */
const FILES_EACH = 3;

/** More than any agent opens; each takes about 20 KiB (Deno 2.9.6). */
const MOST = 4_096;

/** Enough for one agent, whatever else the process has open. */
const FEWEST = 8;

/** Where the system does not tell, as macOS; both runtimes raise it (measured). */
const USUAL_FILES = 1_024;

/**
 * Returns how many clients a server may have at a time, so that the process
 * stays below its limit of open files.
 */
export function connectionLimit(kernel: Pick<Kernel, "readText">): number {
  const limits = kernel.readText("/proc/self/limits") ?? ""; // proc(5)
  const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  const files = soft === "unlimited" ? Infinity : Number(soft ?? USUAL_FILES);
  const share = Math.floor((files - RESERVED) / FILES_EACH);
  return Math.min(Math.max(share, FEWEST), MOST);
}
