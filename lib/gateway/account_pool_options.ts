import type { Verdict } from "../verdict/classify.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { CooldownLimits } from "../rotation/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import type { System } from "../system.ts";
import type { LeaveOptions, Upstream } from "./pool.ts";

/** How a pool rotates through accounts. */
export interface AccountPoolOptions {
  /** Returns the upstream for the account of a run. */
  toUpstream: (run: BegunRun) => Upstream | Promise<Upstream>;
  /** Accounts to skip. @default none */
  except?: ReadonlySet<number> | undefined;
  /** How to choose the next account. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /**
   * How many times to try another account before one answers. Broken accounts
   * do not count.
   *
   * @default 5
   */
  maxRetries?: number | undefined;
  /** The longest cooldown. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
  /** Called after a switch, with the account that was left. */
  onSwitch?:
    | ((left: LeftAccount & { to: number }) => void | Promise<void>)
    | undefined;
  /** Called with the account that requests go to, including the first one. */
  onAccount?: ((account: number) => void) | undefined;
  /**
   * Whether requests follow when another process activates another account.
   *
   * @default false
   */
  follows?: boolean | undefined;
  /** The clock. @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** An account that requests no longer go to. */
export interface LeftAccount extends LeaveOptions {
  /** The account. */
  account: number;
  /** Why requests left it. */
  verdict: Verdict;
  /** The account that replaced it, if there was one. */
  to?: number | undefined;
}
