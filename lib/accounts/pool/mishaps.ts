import type { LeftAccount } from "./pool.ts";
import { policyOf } from "../../verdict/policy.ts";

/** How long to assume an outage. The agent retries for about 100 s. */
const OUTAGE_MS = 120_000;

/** The failures since a service has last answered. */
export class Mishaps {
  #last: LeftAccount | undefined;
  #failure: unknown;
  #inARow = 0;
  #wasAsked = false;
  readonly #broken = new Set<number>();
  readonly #behind = new Set<number>();
  #outageUntil = -Infinity;

  /** The last failure of an account. */
  get last(): LeftAccount | undefined {
    return this.#last;
  }

  /** Whether any account, or the gateway itself, has answered or refused. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** The last failure on this machine, unless an account has failed since. */
  get failure(): unknown {
    return this.#failure;
  }

  /** How many accounts have failed, broken ones excluded. */
  get inARow(): number {
    return this.#inARow;
  }

  /** The accounts that were broken. */
  get broken(): ReadonlySet<number> {
    return this.#broken;
  }

  /**
   * The accounts whose answers were cut off in this run, in order. They are
   * used last.
   */
  get behind(): ReadonlySet<number> {
    return this.#behind;
  }

  /**
   * Whether all accounts were found broken shortly before `now`, by
   * `elapsed()`.
   */
  isOutage(now: number): boolean {
    return now < this.#outageUntil;
  }

  /** Records the failure of an account. */
  note(left: LeftAccount): void {
    this.#last = left;
    this.#wasAsked = true;
    this.#failure = undefined;
  }

  /** Counts a failure after which another account is asked. */
  count({ account, verdict, isPassedOn }: LeftAccount): void {
    const isBroken = policyOf(verdict).blames === "service";
    if (isBroken && isPassedOn) {
      this.#behind.delete(account);
      this.#behind.add(account);
      return;
    }
    if (!isBroken || this.#outageUntil > -Infinity) this.#endOutage();
    if (isBroken) this.#broken.add(account);
    else this.#inARow++;
  }

  /**
   * Removes the account that has been in {@linkcode behind} for longest, except
   * `last`. Returns `false` if there is none.
   */
  releaseOldest(last: number): boolean {
    const oldest = [...this.#behind].find((it) => it !== last);
    return oldest !== undefined && this.#behind.delete(oldest);
  }

  /** Records at `now`, by `elapsed()`, that all accounts are broken. */
  beginOutage(now: number): void {
    this.#outageUntil = now + OUTAGE_MS;
  }

  /** Records a failure on this machine. */
  noteFailure(error: unknown): void {
    this.#failure = error;
  }

  /** Records that the gateway refused a request, so that no account is to blame. */
  noteWrongKey(): void {
    this.#wasAsked = true;
  }

  /** Resets the count, because failed accounts may be usable again. */
  resetCount(): void {
    this.#inARow = 0;
  }

  /** Records that a service has answered. */
  end(): void {
    this.#wasAsked = true;
    this.#last = undefined;
    this.#failure = undefined;
    this.#inARow = 0;
    this.#endOutage();
  }

  #endOutage(): void {
    this.#broken.clear();
    this.#outageUntil = -Infinity;
  }
}
