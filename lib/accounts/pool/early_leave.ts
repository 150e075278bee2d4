import { fullestWindow } from "../../quota/before_the_wall.ts";
import type { System } from "../../system/system.ts";
import type { QuotaWatch } from "../quota_watch.ts";
import type { AccountPoolOptions } from "./pool.ts";
import type { RunTurn } from "./run_turn.ts";

/** If no account had room, look again after this time, milliseconds. */
const LOOK_AGAIN_MS = 15_000;

/** How a pool leaves accounts. */
interface EarlyLeaveOptions
  extends Pick<AccountPoolOptions, "onEarly" | "spreads" | "strategy"> {
  /** Accounts to skip. */
  except: ReadonlySet<number>;
  /** The clock. */
  system: Pick<System, "now" | "elapsed">;
}

/**
 * Leaves accounts before they reach a limit, between the requests of a run. A
 * look for each request takes no time: the watch has the counts of this process
 * in memory.
 */
export class EarlyLeave {
  readonly #watch: QuotaWatch | undefined;
  readonly #options: EarlyLeaveOptions;
  #dueAt = -Infinity;

  /** Creates it for a pool that begins with `turn`. */
  constructor({ accounts }: RunTurn, options: EarlyLeaveOptions) {
    this.#watch = accounts.quotaWatch;
    this.#options = options;
  }

  /** Whether the account of `turn` is kept for other runs. */
  isReserved({ account, run }: RunTurn): boolean {
    return this.#watch?.reserved(account, run.model) !== undefined;
  }

  /** Whether the account of `turn` is nearly full, so that it may be left. */
  isDue({ account, run }: RunTurn): boolean {
    const { spreads = true, system } = this.#options;
    const watch = this.#watch;
    if (!watch) return false;
    watch.lookSoon();
    // The user chose the account of a run that does not spread.
    if (!spreads || watch.threshold === 0) return false;
    if (system.elapsed() < this.#dueAt) return false;
    const { model } = run;
    const now = system.now();
    const fullest = fullestWindow(watch.windows, { account, model, now });
    return fullest !== undefined && fullest.share >= watch.threshold;
  }

  /** Leaves the account of `turn` if another one has room, which `serve` gets. */
  async leave(
    turn: RunTurn,
    serve: (next: RunTurn) => Promise<void>,
  ): Promise<void> {
    const { except, onEarly, strategy, system } = this.#options;
    const { account, kind } = turn;
    const next = await turn.nextEarly({ except, kind, strategy });
    this.#dueAt = next ? -Infinity : system.elapsed() + LOOK_AGAIN_MS;
    if (!next) return;
    await serve(next.turn);
    await onEarly?.({ account, to: next.turn.account, reason: next.reason });
  }
}
