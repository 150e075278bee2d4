import type { ResetSource } from "../readiness.ts";
import { runtime } from "../system/mod.ts";
import type { Cooldown } from "../ledger/cooldown_record.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { accountState } from "../ledger/state.ts";
import {
  agentThatEnded,
  blockOf,
  isDisabled,
  isEnded,
  LOGIN_NEEDED,
} from "../vault/block.ts";
import { type Obstacle, obstacleOf, REFUSED } from "../ledger/cooldown.ts";
import { describeObstacle } from "./candidates.ts";

/** Whether an account may be used now, and why not. */
export type AccountStateName =
  /** It may be used. */
  | "ready"
  /** It is in a cooldown, for example because it is out of quota. */
  | "resting"
  /** The user has disabled it. */
  | "disabled"
  /** The service has refused its key or login, and has not answered since. */
  | "refused"
  /** It needs a new login or a new key. */
  | "login-needed"
  /** This version of the agent refuses its kind of login. */
  | "ended"
  /** The user must decide first which account owns a login in the stash. */
  | "doubtful";

/** Who said that an account is not ready. */
export type StandingSource =
  | ResetSource
  /** The program that we run. */
  | "agent";

/** Whether one account may be used now, why not, and who said so. */
export interface Standing {
  /** Whether it may be used. */
  state: AccountStateName;
  /** Why it is not ready, one phrase without a time; a note if it is ready. */
  reason: string | undefined;
  /**
   * Who said so, or who named the end; `undefined` if we found it ourselves.
   */
  source: StandingSource | undefined;
  /** Until when it is not used, epoch milliseconds, if known. */
  until: number | undefined;
  /** When the service refused it, epoch milliseconds, if known. */
  since: number | undefined;
}

/** What is known about an account besides the state. */
export interface StandingOptions {
  /** The time, epoch milliseconds. */
  now: number;
  /** What is wrong with its slot; completes "it ...". */
  problem?: string | undefined;
  /** What has the problem. @default "slot" */
  place?: "slot" | "login" | undefined;
  /** Whether the account can be used in spite of the problem. */
  isUsable?: boolean | undefined;
  /** The version of the agent that refuses every login. */
  refusingAgent?: string | undefined;
  /** Whether a process is running, or may be. @default asks the system */
  mayBeRunning?: ((process: string) => boolean) | undefined;
}

const NOTHING = {
  reason: undefined,
  source: undefined,
  until: undefined,
  since: undefined,
};

/** Returns whether account `index` of `snapshot` may be used, and why not. */
export function standingOf(
  snapshot: Pick<Snapshot, "state" | "doubtful" | "keys" | "reserved">,
  index: number,
  options: StandingOptions,
): Standing {
  const { now, problem, isUsable = false, refusingAgent } = options;
  const place = options.place === "login" ? "its login" : "slot";
  const { mayBeRunning = (it) => runtime.host.mayBeRunning(it) } = options;
  const account = accountState(snapshot.state, index);
  const blocked = blockOf(snapshot, index);
  const isKey = () => snapshot.keys.includes(index);
  const says = (
    state: AccountStateName,
    reason: string,
    more: Partial<Standing> = {},
  ): Standing => ({ ...NOTHING, state, reason, ...more });

  if (isDisabled(snapshot, index)) return says("disabled", "disabled", BY_USER);
  if (problem !== undefined && !isUsable) {
    return says("login-needed", `${place} ${problem}`);
  }
  if (snapshot.doubtful.has(index)) return says("doubtful", `${blocked}`);
  if (isEnded(blocked) || refusingAgent !== undefined && !isKey()) {
    const agent = blocked !== undefined && isEnded(blocked)
      ? agentThatEnded(blocked)
      : refusingAgent;
    return says("ended", `${agent} refuses such logins`, { source: "agent" });
  }
  if (blocked !== undefined) {
    const reason = blocked === LOGIN_NEEDED
      ? "its login is no longer valid"
      : blocked;
    return says("login-needed", reason, { source: "agent" });
  }
  const obstacle = obstacleOf(account.cooldowns, { now, mayBeRunning });
  const refusal = account.cooldowns.find((it) =>
    it.reason === REFUSED && it.model === undefined
  );
  if (refusal) {
    const reason = `${isKey() ? "key" : "login"} refused`;
    return says("refused", reason, describeRefusal(refusal, obstacle));
  }
  if (obstacle) {
    const { until, source } = obstacle;
    return says("resting", describeObstacle(obstacle), { until, source });
  }
  const kept = snapshot.reserved?.(index, undefined);
  if (kept) {
    const { until, source } = kept;
    return says("resting", kept.reason, { until, source });
  }
  const note = problem === undefined ? undefined : `${place} ${problem}`;
  return { ...NOTHING, state: "ready", reason: note };
}

const BY_USER = { source: "user" } as const;

function describeRefusal(
  { since }: Cooldown,
  obstacle: Obstacle | undefined,
): Partial<Standing> {
  return { source: "provider", since, until: obstacle?.until };
}
