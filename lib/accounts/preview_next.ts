import type { Snapshot } from "../vault/snapshot.ts";
import { LEFT_EARLY, sharedLogin, toCandidates } from "./candidates.ts";
import type { EarlyOutlook } from "./leave_early.ts";
import { requireNoPlan } from "./plan_logins.ts";
import { countRuns } from "./running.ts";
import {
  type Candidate,
  type NextPreview,
  selectAccount,
  type StrategyName,
} from "./select.ts";
import { withSlotProblems } from "./slot_problem.ts";

/**
 * Returns which account a switch to the next one would choose at `now`, and why
 * not the others. Changes nothing.
 *
 * @throws {AccountError} If the strategy would use several plan logins at once.
 */
export async function previewNext(
  snapshot: Snapshot,
  { strategy, now, early }: {
    strategy: StrategyName;
    now: number;
    /** Which accounts are left early. @default none */
    early?: EarlyOutlook | undefined;
  },
): Promise<NextPreview> {
  requireNoPlan(snapshot, { strategy });
  const runs = strategy === "spread" ? await countRuns(snapshot) : undefined;
  const all = toCandidates(snapshot, { now, runs, isAsked: true });
  const judged = await withSlotProblems(snapshot, all);
  const candidates = judged.map((it) => withNote(it, early));
  const { active } = snapshot;
  const chosen = selectAccount(candidates, {
    strategy,
    active,
    mayStay: false,
    sharedLogin: sharedLogin(snapshot),
  });
  return { active, chosen: chosen?.index, candidates };
}

function withNote(
  candidate: Candidate,
  early: EarlyOutlook | undefined,
): Candidate {
  const isUsual = candidate.obstacle === undefined &&
    candidate.note === undefined;
  const left = isUsual ? early?.leftUntil(candidate.index) : undefined;
  return left
    ? { ...candidate, note: LEFT_EARLY, noteUntil: left.until }
    : candidate;
}
