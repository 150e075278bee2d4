import type { AccountName } from "../account_name.ts";
import type { Readiness } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import {
  ASKED_FOR,
  type Obstacle,
  obstacleOf,
  REFUSED,
} from "../ledger/cooldown.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { byOrder } from "../ledger/order.ts";
import { accountState } from "../ledger/state.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { blockOf, DISABLED } from "../vault/block.ts";

/** How to choose among the accounts that are ready. */
export type StrategyName =
  /** Use one account as long as it is ready, then the next in the order. */
  | "round-robin"
  /** Always the first one in the order that is ready. */
  | "fill-first"
  /** The one that was used the longest ago. */
  | "least-recently-used"
  /** The one that this folder or session was given first. */
  | "sticky";

/** An account, as far as the choice depends on it. */
export interface Candidate extends Readiness {
  /** When it was last used, epoch milliseconds; 0 for never. */
  lastUsedAt: number;
}

/** What a choice would be. */
export interface NextPreview {
  /** The active account. */
  active: number | undefined;
  /** The one that would be chosen. */
  chosen: number | undefined;
  /** All of them, in the order that the user prefers. */
  candidates: Candidate[];
}

/** What a choice depends on besides the accounts. */
export interface SelectOptions {
  /** How to choose. */
  strategy: StrategyName;
  /** The active account. */
  active: number | undefined;
  /** Whether the active one will do, rather than the next one. */
  mayStay: boolean;
  /** The account that is stuck to. */
  stuckTo?: number | undefined;
}

type Strategy = (
  ready: readonly Candidate[],
  options: SelectOptions & { candidates: readonly Candidate[] },
) => Candidate | undefined;

const STRATEGIES: Record<StrategyName, Strategy> = {
  "round-robin": inTheCircle,
  "fill-first": (ready) => ready[0],
  "least-recently-used": (ready) =>
    ready.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)[0],
  "sticky": (ready, options) =>
    ready.find((it) => it.index === options.stuckTo) ??
      inTheCircle(ready, options),
};

/**
 * Returns the account to use, of `candidates` in the order that the user
 * prefers, or `undefined` if none is ready.
 */
export function selectAccount(
  candidates: readonly Candidate[],
  options: SelectOptions,
): Candidate | undefined {
  const ready = candidates.filter((it) =>
    it.obstacle === undefined &&
    (options.mayStay || it.index !== options.active)
  );
  return STRATEGIES[options.strategy](ready, { ...options, candidates });
}

/**
 * Describes the accounts of `snapshot` for a choice at `now`, in the order that
 * the user prefers.
 */
export function toCandidates(
  snapshot: Pick<Snapshot, "slots" | "keys" | "state" | "doubtful">,
  { now, model, kind, except = new Set(), mayBeRunning = isRunning }: {
    now: number;
    model?: string | undefined;
    /** The others are left out. @default any */
    kind?: AccountKind | undefined;
    /** Accounts that the caller excludes. */
    except?: ReadonlySet<number> | undefined;
    /** Whether a process runs still, or may. @default asks the system */
    mayBeRunning?: ((process: string) => boolean) | undefined;
  },
): Candidate[] {
  const compare = byOrder(snapshot.state.order);
  return accountsOfKind(snapshot, kind).toSorted(compare).map((index) => {
    const { label, lastUsed, cooldowns } = accountState(snapshot.state, index);
    const blocked = blockOf(snapshot, index);
    const found = obstacleOf(cooldowns, { now, model, mayBeRunning });
    const obstacle = except.has(index)
      ? "already tried"
      : blocked ?? (found && describeObstacle(found));
    return {
      index,
      ...(label === undefined ? {} : { label }),
      lastUsedAt: Date.parse(lastUsed ?? "") || 0,
      obstacle,
      readyAt: blocked === undefined ? found?.until ?? 0 : Infinity,
      source: blocked === undefined ? found?.source : undefined,
      isProbed: !except.has(index) && blocked === undefined &&
        found?.isProbe === true,
      kind: snapshot.keys.includes(index) ? "api-key" : "oauth",
      isRefused: cooldowns.some((it) => it.reason === REFUSED),
    };
  });
}

/** Those of `candidates` that the user has disabled, as they stand there. */
export function disabledOf(
  candidates: readonly Pick<Candidate, "index" | "label" | "obstacle">[],
): AccountName[] {
  return candidates.filter((it) => it.obstacle === DISABLED)
    .map(({ index, label }) => ({ index, label }));
}

/** The accounts of `kind`, or all of them, ascending. */
export function accountsOfKind(
  snapshot: Pick<Snapshot, "slots" | "keys">,
  kind: AccountKind | undefined,
): readonly number[] {
  if (kind === undefined) return allAccounts(snapshot);
  return kind === "oauth" ? snapshot.slots : snapshot.keys;
}

/** What is said of an account that the service wants to hear less of. */
export const THROTTLED = "rate-limited";

/** What is said of a cooldown; what else state.yaml says is not repeated. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["quota", "out of quota"],
  ["throttle", THROTTLED],
  [REFUSED, "refused"],
  [ASKED_FOR, "resting (set by you)"],
]);

/** Says in one phrase what keeps an account from being used. */
export function describeObstacle({ reason, isProbe, model }: Obstacle): string {
  if (isProbe) return "being tried by another run";
  const state = REASONS.get(reason) ?? "resting";
  return model === undefined ? state : `${state} for ${model}`;
}

function isRunning(process: string): boolean {
  return runtime.host.mayBeRunning(process);
}

/** After an active account that is not a candidate, the next number follows. */
function inTheCircle(
  ready: readonly Candidate[],
  { active = 0, mayStay, candidates }: Parameters<Strategy>[1],
): Candidate | undefined {
  const at = candidates.findIndex((it) => it.index === active);
  const after = new Set(candidates.slice(at + 1));
  const isNext = (it: Candidate) => at < 0 ? it.index > active : after.has(it);
  return ready.find((it) => mayStay && it.index === active) ??
    ready.find(isNext) ?? ready[0];
}
