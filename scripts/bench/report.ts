import type { FunctionResult } from "./functions.ts";
import { type Machine, requireSameMachine } from "./machine.ts";
import type { Spread } from "./paired.ts";
import type { FailedRow, Limits, RowResult } from "./row.ts";

/** The result of the bench, as written to the file. */
export interface Report {
  /** When it ended, UTC, ISO 8601. */
  time: string;
  /** The machine. */
  machine: Machine;
  /** Programs against their baselines. */
  rows: RowResult[];
  /** Rows that could not be measured. */
  failed: FailedRow[];
  /** Functions; empty if they were not requested. */
  functions: FunctionResult[];
}

/** Formats `report` as tables in Markdown. */
export function formatReport({ time, machine, ...report }: Report): string {
  const { system, processors, memoryGiB, deno } = machine;
  const load = Math.max(0, ...report.rows.map((it) => it.load));
  const tables = [
    `Measured on ${time.slice(0, 10)}, ${system}, ${processors} processors, ` +
    `${memoryGiB} GiB, Deno ${deno}; load up to ${load.toFixed(1)}.`,
  ];
  if (report.rows.length > 0) tables.push(formatRows(report.rows));
  if (report.failed.length > 0) tables.push(formatFailed(report.failed));
  if (report.functions.length > 0) {
    tables.push(formatFunctions(report.functions));
  }
  return tables.join("\n\n");
}

/**
 * Compares the rows of `report` with those of an `earlier` one.
 *
 * @throws {Error} If they are from different machines.
 */
export function compareReports(report: Report, earlier: Report): string[] {
  requireSameMachine(report.machine, earlier.machine);
  return report.rows.flatMap(({ name, ratio }) => {
    const before = earlier.rows.find((it) => it.name === name)?.ratio;
    return before
      ? [`${name}: x ${digits(before.median)} -> x ${digits(ratio.median)}`]
      : [];
  });
}

/** Puts `tables` into the text of a document, between its two marks. */
export function intoDocument(document: string, tables: string): string {
  const [begin, end] = ["<!-- bench -->", "<!-- end of bench -->"];
  const [head, rest] = document.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) {
    throw new Error(`Cannot put the tables in: no "${begin}" and "${end}"`);
  }
  return `${head}${begin}\n\n${tables}\n\n${end}${tail}`;
}

function formatRows(rows: readonly RowResult[]): string {
  const head = ["what", "baseline", "ours", "of it", "ratio", "target", "met"];
  return formatTable(
    head,
    rows.map((it) => [
      it.what,
      it.baseline,
      withUnit(it.ours, it.unit),
      withUnit(it.base, it.unit),
      `x ${formatSpread(it.ratio)}`,
      formatLimits(it.limits, it.unit),
      Object.keys(it.limits).length === 0 ? "" : it.isMet ? "yes" : "no",
    ]),
  );
}

function formatFailed(rows: readonly FailedRow[]): string {
  const head = ["could not be measured", "target", "why"];
  return formatTable(
    head,
    rows.map((it) => [it.what, formatLimits(it.limits, "ms"), it.problem]),
  );
}

function formatFunctions(functions: readonly FunctionResult[]): string {
  return formatTable(
    ["function", "mean, µs", "p75, µs"],
    functions.map((it) => [it.name, digits(it.meanUs), digits(it.highUs)]),
  );
}

/** A table in Markdown, which `deno fmt` aligns. */
function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((it) => `| ${it.join(" | ")} |`).join("\n");
}

/** A single value has no spread. */
function formatSpread({ low, median, high }: Spread): string {
  return low === high
    ? digits(median)
    : `${digits(median)} (${digits(low)}–${digits(high)})`;
}

function withUnit(spread: Spread, unit: string): string {
  return `${formatSpread(spread)} ${unit}`;
}

function formatLimits({ ratio, more, most }: Limits, unit: string): string {
  return [
    ratio === undefined ? [] : [`<= x ${digits(ratio)}`],
    more === undefined ? [] : [`<= +${more} ${unit}`],
    most === undefined ? [] : [`<= ${most} ${unit}`],
  ].flat().join(", ");
}

/** About three digits, because more are not certain. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
