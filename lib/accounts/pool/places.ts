import { NoAccountReadyError } from "../../errors.ts";
import { defaultOf } from "../../setting_lookup.ts";
import type { System } from "../../system/system.ts";
import { blamesAccount } from "../../verdict/policy.ts";
import { Admission } from "./admission.ts";
import type { Overflow } from "./overflow.ts";
import type { Pass } from "./waiting_requests.ts";
import { type AccountPoolOptions, LONGEST_WAIT_MS, type Turn } from "./pool.ts";
import type { RunTurn } from "./run_turn.ts";

/** How the requests of a pool get a place. */
interface PlacesOptions
  extends
    Pick<AccountPoolOptions, "maxInFlight" | "queueTimeoutMs" | "spreads"> {
  /** The accounts to use if that of a request has no room. */
  others: Overflow;
  /** Called when a request has waited for too long. */
  onFull: (error: NoAccountReadyError) => void;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** Which place a request needs. */
interface EnterOptions {
  /** When the ledger last said that the account is ready, epoch ms. */
  asOf: number;
  /** When to give up, by `elapsed()`. */
  deadline: number;
  /** Whether the requests still share the turn. */
  isShared: () => boolean;
  /** Aborts when the client leaves. */
  signal: AbortSignal | undefined;
}

/** When to try again after an account had no room for a request. */
const TRY_AGAIN_MS = 5_000;

/** The places of a pool's requests at their accounts. */
export class Places implements AsyncDisposable {
  readonly #first: RunTurn;
  readonly #options: PlacesOptions;
  readonly #admission: Admission;

  /** Creates places for the pool that begins with `first`. */
  constructor(first: RunTurn, options: PlacesOptions) {
    this.#first = first;
    this.#options = options;
    this.#admission = new Admission(first.accounts.layout, options);
  }

  /** Returns when a request that comes now gives up, by `elapsed()`. */
  deadline(): number {
    const { queueTimeoutMs = defaultOf("queue-timeout"), system } =
      this.#options;
    return system.elapsed() + Math.min(queueTimeoutMs, LONGEST_WAIT_MS);
  }

  /**
   * Waits for a place at the account of `shared` or, if that has no room, at
   * another one. Returns the turn for one request; `undefined` if the caller
   * must look again which account requests share.
   *
   * @throws {NoAccountReadyError} If there was no place in time.
   * @throws The reason of the signal.
   */
  async enter(
    shared: Turn,
    { asOf, deadline, isShared, signal }: EnterOptions,
  ): Promise<Turn | undefined> {
    const { onFull, others, system } = this.#options;
    const { account } = shared.upstream;
    const pass = await this.#admission.enter({
      accounts: await this.#mayOverflow(account)
        ? [account, ...await others.accountsBeside(account)]
        : [account],
      asOf,
      timeoutMs: deadline - system.elapsed(),
      signal,
    });
    if (pass === "look again") return undefined;
    if (pass === "too late") {
      const error = fullError(shared, system.now());
      onFull(error);
      throw error;
    }
    const turn = pass.account !== account
      ? await others.take(pass.account)
      : isShared()
      ? shared
      : undefined;
    if (!turn) pass[Symbol.dispose]();
    return turn && admittedTurn(turn, pass);
  }

  /** Makes all requests that wait look again. */
  wake(): void {
    this.#admission.wake();
  }

  /** Forgets all requests. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admission[Symbol.asyncDispose]();
  }

  /** Whether other accounts may serve if `account` has no room. */
  async #mayOverflow(account: number): Promise<boolean> {
    const { spreads = true } = this.#options;
    return spreads && this.#first.kind === "api-key" &&
      await this.#admission.hasLimit(account);
  }
}

function fullError(
  { upstream: { account: index, label } }: Turn,
  now: number,
): NoAccountReadyError {
  return new NoAccountReadyError([{
    index,
    label,
    obstacle: "at its limit of requests at a time",
    readyAt: now + TRY_AGAIN_MS,
    source: "guess",
  }], { message: "Cannot use an account: none has room for a request" });
}

/** Returns `turn` for one request, which tells the others what it learns. */
function admittedTurn(turn: Turn, pass: Pass): Turn {
  return {
    upstream: turn.upstream,
    async leave(verdict, options) {
      if (blamesAccount(verdict)) pass.tell("leaving");
      try {
        return await turn.leave(verdict, options);
      } finally {
        // After the ledger has it: the others look there.
        pass.tell(blamesAccount(verdict) ? "refused" : "failed");
      }
    },
    renew: () => turn.renew(),
    answered() {
      turn.answered();
      pass.tell("answered");
    },
    refused(verdict) {
      turn.refused(verdict);
      if (!blamesAccount(verdict)) pass.tell("failed");
    },
    crowded: () => pass.tell("crowded"),
    end: () => pass[Symbol.dispose](),
  };
}
