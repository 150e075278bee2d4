import type { LeftAccount } from "./account_pool_options.ts";

/**
 * How long it is believed that all accounts are broken: for as long as the CLI
 * tries again (0.12.0 and 0.24.4: about 100 s).
 */
const BELIEVED_MS = 120_000;

/** What went wrong since a provider has answered. */
export class Mishaps {
  #last: LeftAccount | undefined;
  #failure: unknown;
  #inARow = 0;
  #wasAsked = false;
  readonly #broken = new Set<number>();
  readonly #behind = new Set<number>();
  #outageUntil = -Infinity;

  /** The last one that was about an account. */
  get last(): LeftAccount | undefined {
    return this.#last;
  }

  /** Whether any account was asked and has answered or refused. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** The last one on this machine, unless one with an account came after it. */
  get failure(): unknown {
    return this.#failure;
  }

  /** How many accounts were of no use, but for broken ones. */
  get inARow(): number {
    return this.#inARow;
  }

  /** The accounts that were broken. */
  get broken(): ReadonlySet<number> {
    return this.#broken;
  }

  /** The accounts whose answers broke off in this run, in order: others go first. */
  get behind(): ReadonlySet<number> {
    return this.#behind;
  }

  /** Whether all of them were, not long before `now`, by `elapsed()`. */
  isOutage(now: number): boolean {
    return now < this.#outageUntil;
  }

  /** Notes what an account has come to. */
  note(left: LeftAccount): void {
    this.#last = left;
    this.#wasAsked = true;
    this.#failure = undefined;
  }

  /** Counts it; after it another account is to be asked. */
  count({ account, verdict, isPassedOn }: LeftAccount): void {
    const isBroken = verdict.kind === "transient";
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
   * Takes the account out of {@linkcode behind} that has been there for longest,
   * `last` apart; `false` if there is none.
   */
  letBack(last: number): boolean {
    const oldest = [...this.#behind].find((it) => it !== last);
    return oldest !== undefined && this.#behind.delete(oldest);
  }

  /** Notes that there is none left to ask, as all are broken; `now` as above. */
  beginOutage(now: number): void {
    this.#outageUntil = now + BELIEVED_MS;
  }

  /** Notes what went wrong on this machine. */
  noteFailure(error: unknown): void {
    this.#failure = error;
  }

  /** Counts anew: those that were of no use may be of use by now. */
  countAnew(): void {
    this.#inARow = 0;
  }

  /** Notes that a provider has answered. */
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
