import type { Readiness } from "../readiness.ts";

/** How to choose among the accounts that are ready. */
export type StrategyName =
  /** Uses an account as long as it is ready, then the next one in the order. */
  | "round-robin"
  /** Always uses the first ready account in the order. */
  | "fill-first"
  /** Uses the account that was used the longest ago. */
  | "least-recently-used"
  /** Uses the account that this folder or session was given first. */
  | "sticky"
  /** Uses the account with the fewest current runs, then the longest unused. */
  | "spread"
  /** Gives each account a share of the runs by its weight. */
  | "weighted";

/** What the choice depends on, for one account. */
export interface Candidate extends Readiness {
  /** When it was last used, epoch milliseconds; 0 for never. */
  lastUsedAt: number;
  /** How many runs use it now. @default 0 */
  runs?: number | undefined;
  /** Its share with `weighted`. @default 1 */
  weight?: number | undefined;
  /** Its next turn with `weighted`. @default 0 */
  turn?: number | undefined;
}

/** The result of a choice that is not carried out. */
export interface NextPreview {
  /** The active account. */
  active: number | undefined;
  /** The account that would be chosen. */
  chosen: number | undefined;
  /** All accounts, in the order that the user prefers. */
  candidates: Candidate[];
}

/** What a choice depends on besides the accounts. */
export interface SelectOptions {
  /** How to choose. */
  strategy: StrategyName;
  /** The active account. */
  active: number | undefined;
  /** Whether the active account may be chosen. */
  mayStay: boolean;
  /** The account that is assigned to the folder or session. */
  stuckTo?: number | undefined;
  /** The account that the user has pinned to the folder. */
  pinnedTo?: number | undefined;
  /**
   * The login that all runs read now. `spread` and `weighted` use no other login
   * beside it. @default each run has a login of its own
   */
  sharedLogin?: number | undefined;
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
  "spread": (ready) =>
    ready.toSorted((a, b) =>
      (a.runs ?? 0) - (b.runs ?? 0) || a.lastUsedAt - b.lastUsedAt
    )[0],
  "weighted": (ready) =>
    ready.toSorted((a, b) => (a.turn ?? 0) - (b.turn ?? 0))[0],
};

/**
 * Whether each run chooses for itself, whatever account is active, so that
 * parallel runs use several accounts.
 */
export function isSpreading(strategy: StrategyName | undefined): boolean {
  return strategy === "spread" || strategy === "weighted";
}

/**
 * Returns the account to use from `candidates`, which are in the order that the
 * user prefers; `undefined` if none is ready.
 */
export function selectAccount(
  candidates: readonly Candidate[],
  options: SelectOptions,
): Candidate | undefined {
  const ready = candidates.filter((it) =>
    it.obstacle === undefined &&
    (options.mayStay || it.index !== options.active)
  );
  const { pinnedTo, sharedLogin, strategy } = options;
  const pinned = ready.find((it) => it.index === pinnedTo);
  if (pinned) return pinned;
  const shared = isSpreading(strategy)
    ? ready.find((it) => it.index === sharedLogin)
    : undefined;
  const open = shared
    ? ready.filter((it) => it === shared || it.kind !== "oauth")
    : ready;
  return STRATEGIES[strategy](open, { ...options, candidates });
}

/** Returns `candidates`; those that are not in `room` get an obstacle. */
export function among(
  candidates: readonly Candidate[],
  room: ReadonlySet<number>,
): Candidate[] {
  return candidates.map((it) =>
    room.has(it.index) ? it : { ...it, obstacle: it.obstacle ?? "no room" }
  );
}

/**
 * Returns the active account if it may stay, else the next ready one,
 * cyclically. If the active account is not a candidate, the next one is the
 * first in the order with a higher number.
 */
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
