import type { Verdict } from "../verdict/classify.ts";
import {
  afterRun,
  cooldownAfter,
  cooldownFor,
  type CooldownLimits,
  isOfUser,
  REFUSED,
  withCooldown,
  withProbe,
} from "./cooldown.ts";
import type { Cooldown } from "./cooldown_record.ts";
import {
  accountState,
  type State,
  withCooldowns,
  withDisabled,
  withLabel,
  withOrder,
  withoutSticky,
  withSwitch,
  withUse,
} from "./state.ts";
import { withSticky } from "./sticky.ts";

/** What one update remembers: its ledger and its vault change it, nobody else. */
export interface Memory {
  /** Saved when the update ends. */
  state: State;
}

/** How an attempt with an account ended, as far as a cooldown depends on it. */
export interface Attempt extends Pick<Verdict, "kind" | "model" | "retryAt"> {
  /** How long a cooldown may be. */
  limits?: CooldownLimits | undefined;
}

/**
 * Counts the uses of the accounts, and remembers when each may be used again
 * and what the user says about them. No credential passes through here.
 */
export class Ledger {
  readonly #memory: Memory;
  readonly #now: number;

  /** Creates the ledger of an update at `now`, epoch milliseconds. */
  constructor(memory: Memory, now: number) {
    this.#memory = memory;
    this.#now = now;
  }

  /** Counts a switch to account `index`. */
  countSwitch(index: number): void {
    this.#put(withSwitch(this.#state, index, this.#time));
  }

  /** Notes that account `index` is used now. */
  noteUse(index: number): void {
    this.#put(withUse(this.#state, index, this.#time));
  }

  /** Forgets when the last switch was. */
  forgetLastSwitch(): void {
    this.#put({ ...this.#state, lastSwitch: undefined });
  }

  /** Calls account `index` `label`, or nothing. */
  setLabel(index: number, label: string | undefined): void {
    this.#put(withLabel(this.#state, index, label));
  }

  /** Excludes account `index` from rotation. */
  disable(index: number): void {
    this.#put(withDisabled(this.#state, index, true));
  }

  /** Lets rotation use account `index` again. */
  enable(index: number): void {
    this.#put(withDisabled(this.#state, index, false));
  }

  /** Makes rotation prefer the accounts in this order. */
  setOrder(order: readonly number[]): void {
    this.#put(withOrder(this.#state, order));
  }

  /** Assigns account `index` to `name`, a folder or a session. */
  stick(name: string, index: number): void {
    const sticky = withSticky(this.#state.sticky, name, index);
    this.#put({ ...this.#state, sticky });
  }

  /** Takes account `index` from every folder and session that it is assigned to. */
  unstick(index: number): void {
    this.#put(withoutSticky(this.#state, index));
  }

  /**
   * Lets account `index` rest until `until`, as the user asks. That the service
   * has refused it stays known: a rest is not an answer.
   */
  rest(index: number, until: number): void {
    const refusals = this.#cooldownsOf(index)
      .filter((it) => it.reason === REFUSED)
      .map((it) => ({ ...it, until: Math.min(it.until, until) }));
    const rest = cooldownFor(until - this.#now, this.#now);
    this.#setCooldowns(index, [...refusals, rest]);
  }

  /** Adds the cooldown that `attempt` with account `index` leads to. */
  addCooldown(index: number, attempt: Attempt): Cooldown {
    const cooldowns = this.#cooldownsOf(index);
    const previous = cooldowns.find((it) =>
      it.model === attempt.model && !isOfUser(it)
    );
    const cooldown = cooldownAfter(attempt, previous, {
      now: this.#now,
      random: Math.random(),
      limits: attempt.limits,
    });
    this.#setCooldowns(index, withCooldown(cooldowns, cooldown));
    return cooldown;
  }

  /** Removes every cooldown of account `index`; returns whether there was one. */
  clearCooldowns(index: number): boolean {
    const hadSome = this.#cooldownsOf(index).length > 0;
    this.#setCooldowns(index, []);
    return hadSome;
  }

  /** Removes the cooldowns of account `index` that the user has not set. */
  clearCooldownsOfService(index: number): void {
    this.#setCooldowns(index, this.#cooldownsOf(index).filter(isOfUser));
  }

  /**
   * Lets `process` try account `index` where a cooldown has ended; the others
   * wait for the result.
   */
  addProbe(index: number, process: string | undefined): void {
    const cooldowns = this.#cooldownsOf(index);
    const probe = { now: this.#now, process };
    this.#setCooldowns(index, withProbe(cooldowns, probe));
  }

  /** Ends the probes of a run, and after a good one the cooldowns it has seen. */
  endProbe(
    index: number,
    run: {
      seen: readonly number[];
      model: string | undefined;
      isGood: boolean;
    },
  ): void {
    const now = this.#now;
    const left = afterRun(this.#cooldownsOf(index), { now, ...run });
    this.#setCooldowns(index, left);
  }

  get #state(): State {
    return this.#memory.state;
  }

  get #time(): string {
    return new Date(this.#now).toISOString();
  }

  #put(state: State): void {
    this.#memory.state = state;
  }

  #cooldownsOf(index: number): readonly Cooldown[] {
    return accountState(this.#state, index).cooldowns;
  }

  #setCooldowns(index: number, cooldowns: readonly Cooldown[]): void {
    this.#put(withCooldowns(this.#state, index, cooldowns));
  }
}
