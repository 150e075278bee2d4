import type { System } from "../../system/system.ts";
import type { AccountSearch } from "./account_search.ts";
import type { AccountPoolOptions, LeftAccount, Turn } from "./pool.ts";
import type { RunTurn } from "./run_turn.ts";
import { modelOfRun } from "./upstream.ts";

/** What the turns with other accounts need. */
export interface OverflowOptions
  extends Pick<AccountPoolOptions, "toUpstream"> {
  /** Finds ready accounts. */
  search: AccountSearch;
  /** Called with each account that requests leave. */
  onLeave: (left: LeftAccount) => void;
  /** The clock. */
  system: Pick<System, "elapsed">;
}

/** How long the list of ready accounts counts as true. */
const READY_MS = 1_000;

interface Side {
  own: RunTurn;
  turn: Turn;
}

/**
 * The turns of a pool with other accounts than the one that requests share: for
 * requests for which that one has no room. Each turn lasts until its account
 * fails or the pool ends.
 */
export class Overflow {
  readonly #first: RunTurn;
  readonly #options: OverflowOptions;
  readonly #sides = new Map<number, Promise<Side | undefined>>();
  #ready: Promise<readonly number[]> = Promise.resolve([]);
  #readAt = -Infinity;

  /** Creates turns like `first`, the one that the pool begins with. */
  constructor(first: RunTurn, options: OverflowOptions) {
    this.#first = first;
    this.#options = options;
  }

  /** Returns the other ready accounts, starting with the next number. */
  async accountsBeside(account: number): Promise<readonly number[]> {
    const now = this.#options.system.elapsed();
    if (now - this.#readAt >= READY_MS) {
      this.#readAt = now;
      this.#ready = this.#options.search.ready();
    }
    const ready = await this.#ready;
    return [
      ...ready.filter((it) => it > account),
      ...ready.filter((it) => it < account),
    ];
  }

  /** Returns the turn with `account`; `undefined` if it cannot be used now. */
  async take(account: number): Promise<Turn | undefined> {
    const present = this.#sides.get(account) ?? this.#begin(account);
    this.#sides.set(account, present);
    const side = await present;
    if (!side) this.#forget(account);
    return side?.turn;
  }

  /** Ends the runs with these accounts. */
  async end(): Promise<void> {
    const sides = [...this.#sides.values()];
    this.#sides.clear();
    for (const side of sides) await (await side)?.own.end();
  }

  async #begin(account: number): Promise<Side | undefined> {
    const { kind } = this.#first;
    try {
      const own = await this.#first.takeAnother({ account, kind });
      return own && await this.#sideOf(own);
    } catch {
      return undefined; // disabled, removed, or unusable meanwhile
    }
  }

  async #sideOf(own: RunTurn): Promise<Side> {
    const upstream = await this.#options.toUpstream(own.run);
    const { account } = own;
    const turn: Turn = {
      upstream,
      leave: async (verdict) => {
        const present = await this.#sides.get(account);
        if (present?.own !== own) return true;
        this.#forget(account);
        const model = modelOfRun(verdict, this.#first.run, upstream);
        await own.end({ ...verdict, model });
        this.#options.onLeave({ account, verdict });
        return true;
      },
      renew: () => Promise.resolve(false),
      answered: () => own.hasAnswered = true,
      refused: () => {},
    };
    return { own, turn };
  }

  #forget(account: number): void {
    this.#sides.delete(account);
    this.#readAt = -Infinity;
  }
}
