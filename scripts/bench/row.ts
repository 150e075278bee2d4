import type { Programs } from "./programs.ts";
import { type Pairs, ratiosOf, type Spread, spreadOf } from "./paired.ts";

/** How far ours may be from the baseline, or what it may be at most. */
export interface Limits {
  /** Ours, of the baseline. */
  ratio?: number;
  /** What ours may be more. */
  more?: number;
  /** What ours may be. */
  most?: number;
}

/** A line of the table: what is measured, and against what. */
export interface Row {
  /** What to call it by on the command line. */
  name: string;
  /** What is measured. */
  what: string;
  /** What it is compared with, in the same run. */
  baseline: string;
  /** The unit of the values. @default "ms" */
  unit?: "ms" | "MiB";
  /** What is aimed at. */
  limits: Limits;
  /** Whether `--quick` leaves it out. @default false */
  isLong?: boolean;
  /** Measures it; `rounds` is how often at best. */
  measure(context: RowContext): Promise<Pairs>;
}

/** What a row is measured with. */
export interface RowContext {
  /** The programs that were made for it. */
  programs: Programs;
  /** How often to measure; a row that takes long does so less often. */
  rounds: number;
  /** Whether it is to be a short one. */
  isQuick: boolean;
}

/** What is known of a row before it is measured. */
type RowHead = Pick<Row, "name" | "what" | "baseline" | "limits">;

/** A row that could not be measured. */
export interface FailedRow extends RowHead {
  /** Why, one line. */
  problem: string;
}

/** What was seen of a row. */
export interface RowResult extends RowHead {
  /** The unit of the values. */
  unit: "ms" | "MiB";
  /** How often it was measured. */
  rounds: number;
  /** Ours. */
  ours: Spread;
  /** The baseline. */
  base: Spread;
  /** Ours of the baseline, round by round. */
  ratio: Spread;
  /** Whether the medians keep within the limits. */
  isMet: boolean;
  /** The processes that wanted to run at its end, in the last minute. */
  load: number;
}

/** Measures `row`; what goes wrong is told and ends nothing else. */
export async function measureRow(
  row: Row,
  context: RowContext,
): Promise<RowResult | FailedRow> {
  const { name, what, baseline, limits } = row;
  try {
    return describePairs(row, await row.measure(context));
  } catch (error) {
    // What is left of a run that failed may also fail to be cleared away.
    const first = error instanceof SuppressedError ? error.suppressed : error;
    const message = first instanceof Error ? first.message : String(first);
    const [problem = ""] = message.replaceAll("|", " ").split("\n");
    return { name, what, baseline, limits, problem };
  }
}

function describePairs(row: Row, pairs: Pairs): RowResult {
  const { name, what, baseline, limits, unit = "ms" } = row;
  const ours = spreadOf(pairs.ours);
  const base = spreadOf(pairs.baseline);
  const ratio = spreadOf(ratiosOf(pairs));
  const isMet = keepsWithin(limits, {
    ratio: ratio.median,
    more: ours.median - base.median,
    most: ours.median,
  });
  const rounds = pairs.ours.length;
  const [load = NaN] = Deno.loadavg();
  return {
    ...{ name, what, baseline, limits, unit, rounds, ours, base, ratio },
    ...{ isMet, load },
  };
}

/** Whether what was seen is within `limits`. */
export function keepsWithin(
  limits: Limits,
  seen: Required<Limits>,
): boolean {
  const { ratio = Infinity, more = Infinity, most = Infinity } = limits;
  return seen.ratio <= ratio && seen.more <= more && seen.most <= most;
}
