import type { Kernel } from "./kernel.ts";

/** A client's connection that can be closed. */
interface ClientConnection {
  /** Closes it at once. */
  destroy(): void;
}

/** Limits on the connections of clients. */
interface ClientConnectionsOptions {
  /** The maximum number of open connections. */
  limit: number;
  /**
   * How long a client may take to prove that it is ours, milliseconds. Longer
   * than it seems to need: on a busy machine (load 24 on two processors), agents
   * took more than 5 s from opening a connection to sending their request, and
   * room is made for others before.
   *
   * @default 60_000
   */
  graceMs?: number | undefined;
}

/** A timer that is later than this shows that the process is busy. */
const LATE_MS = 250;

/**
 * The open connections of a server that every local user can reach. A
 * connection counts as unproven until the server admits a request on it.
 * Unproven connections are closed after a grace period, or earlier, oldest
 * first, to make room for new ones.
 */
export class ClientConnections implements Disposable {
  readonly #limit: number;
  readonly #graceMs: number;
  readonly #open = new Set<ClientConnection>();
  /** The closing timer of each unproven connection, oldest first. */
  readonly #unproven = new Map<
    ClientConnection,
    ReturnType<typeof setTimeout>
  >();

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Creates an empty set of connections. */
  constructor({ limit, graceMs = 60_000 }: ClientConnectionsOptions) {
    this.#limit = limit;
    this.#graceMs = graceMs;
  }

  /**
   * Adds a connection that has just been opened. Closes it and returns `false`
   * if there are too many.
   */
  add(connection: ClientConnection): boolean {
    if (this.#open.size >= this.#limit && !this.makeRoom()) {
      connection.destroy();
      return false;
    }
    this.#open.add(connection);
    this.suspect(connection);
    return true;
  }

  /**
   * Gives an open connection a grace period. If this process is too busy to
   * notice its end in time, the period begins again: what the client has sent
   * may not have been read yet.
   */
  suspect(connection: ClientConnection, graceMs = this.#graceMs): void {
    if (!this.#open.has(connection)) return;
    this.prove(connection);
    const endsAt = performance.now() + graceMs;
    const close = () => {
      const isLate = performance.now() - endsAt > LATE_MS;
      if (isLate) this.suspect(connection, graceMs);
      else this.#destroy(connection);
    };
    this.#unproven.set(connection, setTimeout(close, graceMs));
  }

  /** Marks a connection as proven. */
  prove(connection: ClientConnection): void {
    clearTimeout(this.#unproven.get(connection));
    this.#unproven.delete(connection);
  }

  /** Removes a connection that was closed. */
  remove(connection: ClientConnection): void {
    this.prove(connection);
    this.#open.delete(connection);
  }

  /** Closes the oldest unproven connection; `false` if there is none. */
  makeRoom(): boolean {
    const [oldest] = this.#unproven.keys();
    if (oldest) this.#destroy(oldest);
    return oldest !== undefined;
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    for (const it of this.#open) this.#destroy(it);
  }

  #destroy(connection: ClientConnection): void {
    this.remove(connection);
    connection.destroy();
  }
}

/** Returns how many files a process must be able to open for `clients`. */
export function filesFor(clients: number): number {
  return RESERVED_FILES + clients * FILES_PER_CONNECTION;
}

/** Files reserved for the process itself and for the pipes of its child. */
const RESERVED_FILES = 48;

/** Each connection may need a connection to a service and a scratch file. */
const FILES_PER_CONNECTION = 3;

/** No agent opens this many; each takes about 20 KiB (Deno 2.9.6). */
export const MOST_CONNECTIONS = 4_096;

/** Enough for one agent, even if the process has many files open. */
const FEWEST_CONNECTIONS = 8;

/**
 * Assumed where the system does not report its limit, as on macOS. Both
 * runtimes raise the limit to at least this (measured).
 */
const ASSUMED_LIMIT = 1_024;

/**
 * Returns the maximum number of clients for a server, so that the process stays
 * below its limit of open files.
 */
export function connectionLimit(kernel: Pick<Kernel, "readText">): number {
  const limits = kernel.readText("/proc/self/limits") ?? ""; // proc(5)
  const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  const files = soft === "unlimited" ? Infinity : Number(soft ?? ASSUMED_LIMIT);
  const share = Math.floor((files - RESERVED_FILES) / FILES_PER_CONNECTION);
  return Math.min(Math.max(share, FEWEST_CONNECTIONS), MOST_CONNECTIONS);
}
