import type { System } from "../../system/system.ts";
import type { AccountPoolOptions, LeftAccount, Turn } from "./pool.ts";
import type { RunTurn } from "./run_turn.ts";
import { modelOfRun, type Upstream } from "./upstream.ts";

/** What the turns with other accounts need. */
interface OverflowOptions extends Pick<AccountPoolOptions, "toUpstream"> {
  /** Accounts to skip. The caller may add to this set. */
  except: ReadonlySet<number>;
  /** Called with each account that requests leave. */
  onLeave: (left: LeftAccount) => void;
  /** The clock. */
  system: Pick<System, "elapsed">;
}

/** How long the list of ready accounts is used. */
const READY_MS = 1_000;

interface Side {
  own: RunTurn;
  turn: Turn;
}

/**
 * The accounts of a pool besides the one that requests share. They serve the
 * requests for which that one has no room, or that it cannot answer. Each turn
 * lasts until its account fails or the pool ends.
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
      this.#ready = this.#readyFor(this.#first.run.model);
    }
    return afterward(account, await this.#ready);
  }

  /**
   * Returns a ready account that differs from `upstream` in address or in the
   * model it would be asked for, starting with the next number. Without
   * `upstream`, returns an account that is resting only for other models than
   * `model`, which the client requests. Changes nothing.
   */
  async elsewhere(
    upstream: Upstream | undefined,
    model: string | undefined,
  ): Promise<Upstream | undefined> {
    const { accounts, run } = this.#first;
    const ready = await this.#readyFor(upstream ? run.model : model);
    const known = upstream ? [] : await this.#readyFor(undefined);
    const others = ready.filter((it) => !known.includes(it));
    for (const index of afterward(upstream?.account ?? 0, others)) {
      try {
        const key = run.key && await accounts.readKey(index);
        const of = { ...run, account: index, key };
        const other = await this.#options.toUpstream(of);
        if (!upstream || isElsewhere(other, upstream, model)) return other;
      } catch {
        // Its slot is unusable, which is reported elsewhere.
      }
    }
    return undefined;
  }

  /** Returns the turn with `account`; `undefined` if it cannot be used now. */
  async take(account: number): Promise<Turn | undefined> {
    const present = this.#sides.get(account) ?? this.#begin(account);
    this.#sides.set(account, present);
    const side = await present;
    if (!side) this.#forget(account);
    return side?.turn;
  }

  /** Ends the runs with these accounts, each by `endTurn`. */
  async end(endTurn: (turn: RunTurn) => Promise<unknown>): Promise<void> {
    const sides = [...this.#sides.values()];
    this.#sides.clear();
    for (const side of await Promise.all(sides)) {
      if (side) await endTurn(side.own);
    }
  }

  /** Returns the accounts that are ready for `model`, ascending. */
  async #readyFor(model: string | undefined): Promise<number[]> {
    const { accounts, kind } = this.#first;
    return (await accounts.readiness({ model, kind }))
      .filter((it) => it.obstacle === undefined)
      .map((it) => it.index)
      .filter((it) => !this.#options.except.has(it))
      .sort((a, b) => a - b);
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
    const upstream = await this.#upstreamOf(own);
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

  async #upstreamOf(own: RunTurn): Promise<Upstream> {
    try {
      return await this.#options.toUpstream(own.run);
    } catch (error) {
      await own.end();
      throw error;
    }
  }

  #forget(account: number): void {
    this.#sides.delete(account);
    this.#readAt = -Infinity;
  }
}

/** Returns `others` than `account`, starting with the next number. */
function afterward(account: number, others: readonly number[]): number[] {
  return [
    ...others.filter((it) => it > account),
    ...others.filter((it) => it < account),
  ];
}

function isElsewhere(
  other: Upstream,
  upstream: Upstream,
  model: string | undefined,
): boolean {
  return other.baseUrl !== upstream.baseUrl ||
    model !== undefined && other.modelFor(model) !== upstream.modelFor(model);
}
