import type { Verdict } from "../verdict/classify.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { CooldownLimits } from "../store/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import type { System } from "../system.ts";
import type { LeaveOptions, Upstream } from "./pool.ts";

/** How a pool goes from account to account. */
export interface AccountPoolOptions {
  /** Describes the account of a run as requests go to it. */
  toUpstream: (run: BegunRun) => Upstream | Promise<Upstream>;
  /** Accounts that are of no use to the caller. @default none */
  except?: ReadonlySet<number> | undefined;
  /** How to choose the next account. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /**
   * How often to go on with another account before one has answered; broken
   * ones do not count.
   *
   * @default 5
   */
  maxRetries?: number | undefined;
  /** How long an account is left alone at most. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
  /** Hears of each account that is left while another one is there. */
  onSwitch?:
    | ((left: LeftAccount & { to: number }) => void | Promise<void>)
    | undefined;
  /** Hears which account requests go to, the first one included. */
  onAccount?: ((account: number) => void) | undefined;
  /**
   * Whether requests go on to the account that another process makes the active
   * one.
   *
   * @default false
   */
  follows?: boolean | undefined;
  /** The clock. @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** An account that requests go to no more. */
export interface LeftAccount extends LeaveOptions {
  /** The account. */
  account: number;
  /** Why. */
  verdict: Verdict;
  /** The account that took its place, if one was there. */
  to?: number | undefined;
}
