import type { Programs } from "./programs.ts";
import { type Pairs, ratiosOf, type Spread, spreadOf } from "./paired.ts";

/** How far our value may be from the baseline, or its highest value. */
export interface Limits {
  /** The highest ratio to the baseline. */
  ratio?: number;
  /** The highest difference from the baseline. */
  more?: number;
  /** The highest value. */
  most?: number;
}

/** A line of the table: the measured program and its baseline. */
export interface Row {
  /** Its name on the command line. */
  name: string;
  /** The measured program. */
  what: string;
  /** The program that it is compared with, in the same run. */
  baseline: string;
  /** The unit of the values. @default "ms" */
  unit?: "ms" | "MiB";
  /** The goal. */
  limits: Limits;
  /** Whether `--quick` skips it. @default false */
  isLong?: boolean;
  /** Measures it, ideally for `rounds` rounds. */
  measure(context: RowContext): Promise<Pairs>;
}

/** The surroundings of a measurement. */
export interface RowContext {
  /** The programs that were made for it. */
  programs: Programs;
  /** How many rounds to measure; a slow row measures fewer. */
  rounds: number;
  /** Whether to keep the run short. */
  isQuick: boolean;
}

/** The facts about a row before it is measured. */
type RowHead = Pick<Row, "name" | "what" | "baseline" | "limits">;

/** A row that could not be measured. */
export interface FailedRow extends RowHead {
  /** Why, one line. */
  problem: string;
}

/** The result of a row. */
export interface RowResult extends RowHead {
  /** The unit of the values. */
  unit: "ms" | "MiB";
  /** The number of rounds. */
  rounds: number;
  /** Our values. */
  ours: Spread;
  /** The values of the baseline. */
  base: Spread;
  /** The ratio to the baseline, round by round. */
  ratio: Spread;
  /** Whether the medians are within the limits. */
  isMet: boolean;
  /** The load of the machine at the end, over the last minute. */
  load: number;
}

/** Measures `row`; returns errors, so that the other rows still run. */
export async function measureRow(
  row: Row,
  context: RowContext,
): Promise<RowResult | FailedRow> {
  const { name, what, baseline, limits } = row;
  try {
    return describePairs(row, await row.measure(context));
  } catch (error) {
    // Cleaning up after a failed run may fail as well.
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

/** Whether the result is within `limits`. */
export function keepsWithin(
  limits: Limits,
  seen: Required<Limits>,
): boolean {
  const { ratio = Infinity, more = Infinity, most = Infinity } = limits;
  return seen.ratio <= ratio && seen.more <= more && seen.most <= most;
}
