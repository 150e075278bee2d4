import { randomHex } from "../../disk/names.ts";
import type { Report, Sign } from "../../ledger/settle_traffic.ts";
import {
  isOpen,
  KNOWN_MS,
  limitOf,
  type Ticket,
  type Traffic,
} from "../../ledger/traffic.ts";
import { runtime } from "../../system/mod.ts";

/** How often to write that an account still answers. */
const RENEW_MS = 60_000;

/** How requests are counted. */
interface OwnTrafficOptions {
  /** The most requests to an account at a time; 0: no limit. @default 0 */
  maxInFlight?: number | undefined;
  /** Returns the time, epoch milliseconds. */
  now: () => number;
}

/**
 * What one party knows about the accounts, how many of its requests are under
 * way, and what it has not yet told the others.
 */
export class OwnTraffic {
  /** The id of the party. */
  readonly id: string = randomHex(8);
  readonly #process = runtime.host.identify(runtime.host.pid) ?? "";
  readonly #options: OwnTrafficOptions;
  readonly #counts = new Map<number, number>();
  /** The counts that the others know. */
  #told: ReadonlyMap<number, number> = new Map();
  /** Until when accounts are open. */
  readonly #openUntil = new Map<number, number>();
  /** The accounts with a limit that their service has shown. */
  #limited: ReadonlySet<number> = new Set();
  #signs: readonly Sign[] = [];

  /** Creates a party without requests. */
  constructor(options: OwnTrafficOptions) {
    this.#options = options;
  }

  /** Whether there are signs that the others do not know. */
  get hasSigns(): boolean {
    return this.#signs.length > 0;
  }

  /** Whether the counts differ from those that the others know. */
  get haveCountsChanged(): boolean {
    return [...this.#counts].some(([index, count]) =>
      count !== (this.#told.get(index) ?? 0)
    );
  }

  /** Whether account `index` takes a limited number of requests at a time. */
  hasLimit(index: number): boolean {
    return this.#limited.has(index) || (this.#options.maxInFlight ?? 0) > 0;
  }

  /** Whether requests to account `index` may go without asking the others. */
  isFree(index: number): boolean {
    const openUntil = this.#openUntil.get(index);
    return !this.hasLimit(index) && isOpen({ openUntil }, this.#options.now());
  }

  /** Adds `change` to the number of requests with account `index`. */
  count(index: number, change: 1 | -1): void {
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + change);
  }

  /** Sets all counts to 0. */
  clear(): void {
    for (const index of this.#counts.keys()) this.#counts.set(index, 0);
  }

  /** Notes `sign`; returns whether the others must know it now. */
  note(sign: Sign): boolean {
    const { account, kind } = sign;
    const now = this.#options.now();
    const until = this.#openUntil.get(account) ?? 0;
    if (kind === "answered") {
      if (until > now + KNOWN_MS - RENEW_MS) return false;
      this.#openUntil.set(account, now + KNOWN_MS);
    } else if (kind === "leaving" || kind === "refused") {
      this.#openUntil.delete(account);
    } else if (kind === "failed" && until > now) return false;
    const others = this.#signs.filter((it) =>
      it.account !== account || it.kind !== kind
    );
    this.#signs = [...others, sign];
    return true;
  }

  /** Learns from `traffic` which accounts are open. */
  learn({ accounts }: Traffic): void {
    const now = this.#options.now();
    const found = Object.entries(accounts)
      .map(([index, it]) => [Number(index), it] as const);
    for (const [index, { openUntil = 0 }] of found) {
      if (this.#signs.some((it) => it.account === index)) continue;
      this.#openUntil.set(index, openUntil);
    }
    const limited = found.filter(([, it]) => limitOf(it, now) < Infinity);
    this.#limited = new Set(limited.map(([index]) => index));
  }

  /** Returns what the party says now; `tickets` are those that wait. */
  report(tickets: readonly Ticket[]): Report {
    return {
      party: this.id,
      process: this.#process,
      counts: new Map(this.#counts),
      tickets,
      signs: this.#signs,
      maxInFlight: this.#options.maxInFlight,
    };
  }

  /** Notes that the others know `report`, after which requests were `admitted`. */
  said(
    { counts, signs }: Report,
    admitted: readonly { account: number }[],
  ): void {
    this.#signs = this.#signs.filter((it) => !signs.includes(it));
    const told = new Map(counts);
    for (const { account } of admitted) {
      told.set(account, (told.get(account) ?? 0) + 1);
    }
    this.#told = told;
  }
}
