import type { Verdict } from "../verdict/classify.ts";
import {
  afterRun,
  cooldownAfter,
  cooldownFor,
  isOfUser,
  REFUSED,
  withCooldown,
  withProbe,
} from "./cooldown.ts";
import type { CooldownLimits, LearnedEnd } from "./cooldown_length.ts";
import type { Cooldown } from "./cooldown_record.ts";
import {
  type AccountState,
  accountState,
  type State,
  withAccount,
  withCooldowns,
  withLabel,
  withoutSticky,
  withSwitch,
} from "./state.ts";
import { withSticky, withTurn } from "./preferences.ts";

/** The state during one update. Only its ledger and its vault change it. */
export interface Memory {
  /** Saved when the update ends. */
  state: State;
}

/** How an attempt with an account ended: what its cooldown depends on. */
export interface Attempt
  extends
    Pick<Verdict, "kind" | "model" | "restMs" | "retryAt" | "rule">,
    LearnedEnd {
  /** Limits on the length of the cooldown. */
  limits?: CooldownLimits | undefined;
  /** Whether the account has a login, not a key. @default false */
  isLogin?: boolean | undefined;
}

/**
 * Records how often accounts are used, their cooldowns, and what the user says
 * about them, such as labels. No credential passes through here.
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

  /** Records that account `index` is used now. */
  noteUse(index: number): void {
    this.#change(index, { lastUsed: this.#time });
  }

  /** Records that account `index` is left before its limit. */
  noteLeft(index: number): void {
    this.#change(index, { leftAt: this.#time });
  }

  /** Forgets the time of the last switch. */
  forgetLastSwitch(): void {
    this.#put({ ...this.#state, lastSwitch: undefined });
  }

  /** Sets the label of account `index`; `undefined` removes it. */
  setLabel(index: number, label: string | undefined): void {
    this.#put(withLabel(this.#state, index, label));
  }

  /** Excludes account `index` from rotation. */
  disable(index: number): void {
    this.#change(index, { disabled: true });
  }

  /** Lets rotation use account `index` again. */
  enable(index: number): void {
    this.#change(index, { disabled: undefined });
  }

  /** Makes rotation prefer the accounts in this order. */
  setOrder(order: readonly number[]): void {
    this.#put({ ...this.#state, order });
  }

  /** Sets the weight of account `index`; `undefined` removes it. */
  setWeight(index: number, weight: number | undefined): void {
    this.#change(index, { weight });
  }

  /** Records that account `index` has its turn with `weighted`. */
  noteTurn(index: number): void {
    this.#put(withTurn(this.#state, index));
  }

  /** Pins account `index` to `folder`; `undefined` removes the pin. */
  pin(folder: string, index: number | undefined): void {
    const pins = new Map(this.#state.pins);
    if (index === undefined) pins.delete(folder);
    else pins.set(folder, index);
    this.#put({ ...this.#state, pins });
  }

  /** Assigns account `index` to `name`, a folder or a session. */
  stick(name: string, index: number): void {
    const sticky = withSticky(this.#state.sticky, name, index);
    this.#put({ ...this.#state, sticky });
  }

  /**
   * Removes account `index` from every folder and session that it is assigned
   * or pinned to.
   */
  unstick(index: number): void {
    this.#put(withoutSticky(this.#state, index));
  }

  /**
   * Puts account `index` in a cooldown until `until`, as the user asked. Keeps
   * a refusal by the service on record, since a rest does not disprove it.
   */
  rest(index: number, until: number): void {
    const refusals = this.#cooldownsOf(index)
      .filter((it) => it.reason === REFUSED)
      .map((it) => ({ ...it, until: Math.min(it.until, until) }));
    const rest = cooldownFor(until - this.#now, this.#now);
    this.#setCooldowns(index, [...refusals, rest]);
  }

  /** Adds and returns the cooldown after `attempt` with account `index`. */
  addCooldown(index: number, attempt: Attempt): Cooldown {
    const cooldowns = this.#cooldownsOf(index);
    const previous = cooldowns.find((it) =>
      it.model === attempt.model && !isOfUser(it)
    );
    const cooldown = cooldownAfter(attempt, previous, {
      now: this.#now,
      random: Math.random(),
      limits: attempt.limits,
      isLogin: attempt.isLogin,
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

  /** Removes the cooldowns of account `index` that the user did not set. */
  clearCooldownsOfService(index: number): void {
    this.#setCooldowns(index, this.#cooldownsOf(index).filter(isOfUser));
  }

  /** Removes the cooldowns that the former login of account `index` caused. */
  clearRefusals(index: number): void {
    const cooldowns = this.#cooldownsOf(index);
    this.#setCooldowns(index, cooldowns.filter((it) => it.reason !== REFUSED));
  }

  /**
   * Lets `process` probe account `index` if a cooldown has ended. Other callers
   * wait for the result.
   */
  addProbe(index: number, process: string | undefined): void {
    const cooldowns = this.#cooldownsOf(index);
    const probe = { now: this.#now, process };
    this.#setCooldowns(index, withProbe(cooldowns, probe));
  }

  /**
   * Ends the probes of a run with account `index`. If the run was good, also
   * removes the cooldowns that it saw when it began.
   */
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

  #change(index: number, change: Partial<AccountState>): void {
    this.#put(withAccount(this.#state, index, change));
  }

  #cooldownsOf(index: number): readonly Cooldown[] {
    return accountState(this.#state, index).cooldowns;
  }

  #setCooldowns(index: number, cooldowns: readonly Cooldown[]): void {
    this.#put(withCooldowns(this.#state, index, cooldowns));
  }
}
