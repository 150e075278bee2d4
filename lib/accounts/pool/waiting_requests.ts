import { randomHex } from "../../disk/names.ts";
import type { Ticket } from "../../ledger/traffic.ts";
import type { System } from "../../system/system.ts";
import type { Sign } from "../../ledger/settle_traffic.ts";

/** A request that is under way, until disposed of. */
export interface Pass extends Disposable {
  /** Its account. */
  readonly account: number;
  /** Tells the other requests what this one has learned of the account. */
  tell(kind: Sign["kind"]): void;
}

/** Which accounts a request may use. */
export type EnterOptions = Pick<Ticket, "accounts" | "asOf" | "rivals"> & {
  /** The longest wait, milliseconds. */
  timeoutMs: number;
  /** Aborts when the client leaves. @default never */
  signal?: AbortSignal | undefined;
};

/**
 * Why a request may not go: its account was refused meanwhile, so that the
 * caller must look again, or it has waited for too long.
 */
export type Denial = "look again" | "too late";

interface Waiting {
  ticket: Ticket;
  /** By `elapsed()`. */
  deadline: number;
  settle(result: Pass | Denial): void;
  fail(error: unknown): void;
}

/** The requests of one party that wait for a place, in order. */
export class WaitingRequests {
  readonly #system: Pick<System, "elapsed">;
  readonly #byId = new Map<string, Waiting>();

  /** Begins with no request. */
  constructor(system: Pick<System, "elapsed">) {
    this.#system = system;
  }

  /** How many wait. */
  get size(): number {
    return this.#byId.size;
  }

  /** Their tickets. */
  get tickets(): readonly Ticket[] {
    return [...this.#byId.values()].map((it) => it.ticket);
  }

  /** Whether the request `id` waits. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * Adds a request. Resolves when its wait ends, with its place or the reason
   * that it has none. Calls `onLeave` if its client leaves before.
   *
   * @throws The reason of the signal.
   */
  async add(
    { accounts, asOf, rivals, timeoutMs, signal }: EnterOptions,
    onLeave: () => void,
  ): Promise<Pass | Denial> {
    const { promise, resolve, reject } = Promise.withResolvers<Pass | Denial>();
    const id = randomHex(8);
    this.#byId.set(id, {
      ticket: { id, accounts, asOf, rivals },
      deadline: this.#system.elapsed() + timeoutMs,
      settle: resolve,
      fail: reject,
    });
    const onAbort = () => {
      if (!this.#byId.delete(id)) return;
      reject(signal?.reason);
      onLeave();
    };
    signal?.addEventListener("abort", onAbort);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the wait of the request `id`, if it still waits. */
  settle(id: string, result: Pass | Denial): void {
    this.#byId.get(id)?.settle(result);
    this.#byId.delete(id);
  }

  /** Ends the wait of all. */
  settleAll(result: Denial): void {
    for (const id of [...this.#byId.keys()]) this.settle(id, result);
  }

  /** Rejects all of them with `error`. */
  failAll(error: unknown): void {
    for (const it of this.#byId.values()) it.fail(error);
    this.#byId.clear();
  }

  /** Ends the wait of those that wait for too long; returns whether any did. */
  dropLate(): boolean {
    const now = this.#system.elapsed();
    const late = [...this.#byId].filter(([, it]) => it.deadline <= now);
    for (const [id] of late) this.settle(id, "too late");
    return late.length > 0;
  }
}
