/**
 * The lines of the files in `usage/`. Each is a JSON array, so that a name with
 * any characters is one line, and a torn line is not valid:
 *
 * - `["u", minute, account, model, requests, input, output, cached, reasoning,
 *   errors]`: what one account did in one minute. `minute` is the number of
 *   minutes since the epoch; zeros at the end are left out.
 * - `["r", at, account, model, window, unit, limit, used, resetsAt, source]`: a
 *   reading, with times in milliseconds since the epoch and `null` for what is
 *   not known.
 * - `["x", at, account, model, kind, resetsAt]`: a refusal.
 * - `["m", at, from, to]`: an account got another number.
 *
 * @module
 */

import type {
  QuotaUnit,
  Refusal,
  UsageHistory,
  UsageMinute,
  WindowReading,
} from "./types.ts";
import {
  isFailure,
  MINUTE_MS,
  type MoveAt,
  type UsageTally,
} from "./usage_tally.ts";

/** Returns the lines for `history`. */
export function usageLines(
  { minutes, readings, refusals }: UsageHistory,
): string[] {
  return [
    ...minutes.map(minuteLine),
    ...readings.map(readingLine),
    ...refusals.map(refusalLine),
  ];
}

/** Returns the line for a change of a number. */
export function moveLine({ at, from, to }: MoveAt): string {
  return JSON.stringify(["m", at, from, to]);
}

function minuteLine(it: UsageMinute): string {
  const { account, model, at, errors } = it;
  const counts: unknown[] = [
    it.requests,
    it.inputTokens,
    it.outputTokens,
    it.cachedTokens,
    it.reasoningTokens,
    Object.keys(errors).length > 0 ? errors : 0,
  ];
  while (counts.at(-1) === 0) counts.pop();
  return JSON.stringify(["u", at / MINUTE_MS, account, model, ...counts]);
}

function readingLine(it: WindowReading): string {
  const { observedAt, account, model, window, unit, source } = it;
  const { limit, used, resetsAt } = it;
  return JSON.stringify(
    ["r", observedAt, account, model, window, unit, limit, used, resetsAt]
      .concat(source),
  );
}

function refusalLine(it: Refusal): string {
  const { at, account, model, kind, resetsAt } = it;
  return JSON.stringify(["x", at, account, model, kind, resetsAt]);
}

/** The times of what is wanted, milliseconds since the epoch. */
export interface Period {
  /** The first. @default the beginning of time */
  from?: number | undefined;
  /** The first that is too late. @default the end of time */
  to?: number | undefined;
}

/**
 * Adds to `tally` what the lines of `text` say of `period`. A line that is not
 * whole or not valid is skipped.
 */
export function addLines(
  tally: UsageTally,
  text: string,
  { from = 0, to = Infinity }: Period = {},
): void {
  const first = Math.floor(from / MINUTE_MS) * MINUTE_MS;
  for (const line of parseLines(text)) {
    const [type, time, account, next] = line;
    if (typeof time !== "number" || typeof account !== "number") continue;
    if (type === "m" && typeof next === "number") {
      tally.move({ at: time, from: account, to: next });
    }
    const at = type === "u" ? time * MINUTE_MS : time;
    if (!(at >= (type === "u" ? first : from) && at < to)) continue;
    if (type === "u") addMinute(tally, at, line);
    else if (type === "r") addReading(tally, at, line);
    else if (type === "x") addRefusal(tally, at, line);
  }
}

/** How many lines are parsed at once, which takes half the time. */
const LINES_AT_ONCE = 500;

function* parseLines(text: string): Generator<unknown[]> {
  // Anything else is not ours, and would be slow to reject one by one.
  const lines = text.split("\n").filter((it) =>
    it.startsWith('["') && it.endsWith("]")
  );
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
    const some = lines.slice(at, at + LINES_AT_ONCE);
    const together = parseArray(`[${some.join(",")}]`);
    // A damaged line may also swallow the next one.
    const all = together.length === some.length
      ? together
      : some.map(parseArray);
    for (const it of all) if (Array.isArray(it)) yield it;
  }
}

function parseArray(json: string): unknown[] {
  try {
    const fields: unknown = JSON.parse(json);
    return Array.isArray(fields) ? fields : [];
  } catch {
    return [];
  }
}

function addMinute(tally: UsageTally, at: number, fields: unknown[]): void {
  const account = fields[2];
  const model = fields[3];
  const errors = fields[9];
  tally.count({
    account: Number(account),
    model: typeof model === "string" ? model : undefined,
    at,
    requests: numberOf(fields[4]),
    inputTokens: numberOf(fields[5]),
    outputTokens: numberOf(fields[6]),
    cachedTokens: numberOf(fields[7]),
    reasoningTokens: numberOf(fields[8]),
    errors: errors === undefined ? undefined : errorsOf(errors),
  });
}

function errorsOf(value: unknown): UsageMinute["errors"] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const counts = Object.entries(value).flatMap(([kind, count]) =>
    isFailure(kind) && typeof count === "number" ? [[kind, count]] : []
  );
  return Object.fromEntries(counts);
}

const UNITS: Readonly<Record<QuotaUnit, true>> = {
  requests: true,
  tokens: true,
  input_tokens: true,
  output_tokens: true,
  credits: true,
  percent: true,
};

function addReading(tally: UsageTally, at: number, fields: unknown[]): void {
  const [, , account, model, window, unit, limit, used, resetsAt, source] =
    fields;
  if (typeof window !== "string" || !isUnit(unit)) return;
  if (source !== "header" && source !== "agent") return;
  tally.read({
    account: Number(account),
    model: typeof model === "string" ? model : undefined,
    window,
    unit,
    limit: amountOf(limit),
    used: amountOf(used),
    resetsAt: amountOf(resetsAt),
    observedAt: at,
    source,
  });
}

function addRefusal(tally: UsageTally, at: number, fields: unknown[]): void {
  const [, , account, model, kind, resetsAt] = fields;
  if (typeof kind !== "string" || !isFailure(kind)) return;
  tally.refuse({
    account: Number(account),
    model: typeof model === "string" ? model : "",
    at,
    kind,
    resetsAt: amountOf(resetsAt),
  });
}

function isUnit(value: unknown): value is QuotaUnit {
  return typeof value === "string" && Object.hasOwn(UNITS, value);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function amountOf(value: unknown): number | undefined {
  const amount = numberOf(value);
  return amount !== undefined && amount >= 0 ? amount : undefined;
}
