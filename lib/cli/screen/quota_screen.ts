import { type AccountName, nameOf, shortName } from "../../account_name.ts";
import type { AccountQuota, Counts } from "../../accounts/account_quota.ts";
import type { QuotaUnit, QuotaWindow } from "../../quota/types.ts";
import { usedShare, wholePercent } from "../../quota/room.ts";
import { soon } from "./time.ts";
import { type Column, formatColumns, formatTable } from "./table.ts";
import { shorten, wrap } from "./wrap.ts";

const UNKNOWN = "unknown";

/** How long a window holds that begins again before it is used up. */
const LASTS = "lasts";

/** What `quota` shows of one account. */
interface Shown extends Pick<AccountQuota, "windows"> {
  account: AccountName;
  traffic: Pick<AccountQuota["traffic"], "hours" | "observedAt" | "today">;
}

/**
 * Returns what `quota` shows in `width` columns: for each account its traffic and
 * its windows.
 */
export function formatQuota(
  all: readonly Shown[],
  { now, width }: { now: number; width: number | undefined },
): { text: string; isHeading?: boolean }[] {
  if (width !== undefined && width < LEAST_FOR_TABLE) {
    return formatNarrow(all, { now, width });
  }
  const rows = all.flatMap(windowRows);
  const lines = formatColumns(windowColumns(now), { rows, width });
  const traffic = formatTable(all.map((it) => trafficRow(it)), {
    width,
    shrinkable: [],
    labels: [0],
    droppable: [1],
    distinct: [0],
  });
  return [
    ...lines.map((text, at) => ({ text, isHeading: at === 0 })),
    { text: "" },
    { text: "the last 24 hours, and today (UTC)", isHeading: true },
    ...traffic.map((text) => ({ text })),
  ];
}

/** In a narrower terminal, numbers would be cut. */
const LEAST_FOR_TABLE = 80;

/** The same as sentences, one for each window, with nothing left out but bars. */
function formatNarrow(
  all: readonly Shown[],
  { now, width }: { now: number; width: number },
): { text: string; isHeading?: boolean }[] {
  const fold = (text: string, first: string) =>
    wrap(text, width, { first, hang: `${first}  ` })
      .map((line) => ({ text: shorten(line, width) }));
  return all.flatMap((it, at) => {
    const { account, traffic, windows } = it;
    const name = shorten(account.label ?? `account ${account.index}`, width);
    const counts = traffic.observedAt === undefined
      ? UNKNOWN
      : countsText(traffic.today);
    return [
      ...(at === 0 ? [] : [{ text: "" }]),
      { text: name, isHeading: true },
      ...windows.flatMap((it) => fold(describeWindow(it, now), "  ")),
      ...(windows.length === 0 ? fold(`windows: ${UNKNOWN}`, "  ") : []),
      ...fold(`today (UTC): ${counts}`, "  "),
    ];
  });
}

function describeWindow(window: QuotaWindow, now: number): string {
  const { observedAt, rate, source } = window;
  const end = exhaustionText(window, now);
  const latest = latestText(window, now);
  return [
    `${nameOfWindow(window)}: ${usedText(window)} of ` +
    `${limitText(window)} (${source}, ${soon(observedAt, now)})`,
    `resets ${resetText(window, now)}`,
    ...(rate === undefined ? [] : [`pace ${paceText(window)}`]),
    (end === LASTS ? LASTS : `runs out ${end}`) +
    (latest === "" ? "" : `, 90 % by ${latest}`),
  ].join("; ");
}

/** A window, with the name of its account in the first row of each. */
interface WindowRow {
  name: string;
  /** @default none is known */
  window?: QuotaWindow;
}

function windowRows({ account, windows }: Shown): WindowRow[] {
  const name = account.label ?? String(account.index);
  if (windows.length === 0) return [{ name }];
  return windows.map((window, at) => ({ name: at === 0 ? name : "", window }));
}

/** Neither the source of a number nor when it was seen is ever omitted. */
function windowColumns(now: number): Column<WindowRow>[] {
  const cell =
    (text: (window: QuotaWindow) => string) => ({ window }: WindowRow) =>
      window ? text(window) : "";
  return [
    {
      name: "account",
      cell: (it) => it.name,
      shrinks: "label",
      isDistinct: true,
    },
    {
      name: "window",
      cell: ({ window }) => window ? nameOfWindow(window) : UNKNOWN,
      shrinks: "first",
      isDistinct: true,
    },
    { name: "used", cell: cell(usedText) },
    { name: "", cell: cell((it) => bar(it, now)), drops: 1 },
    { name: "of", cell: cell(limitText) },
    { name: "from", cell: cell((it) => it.source) },
    { name: "seen", cell: cell((it) => soon(it.observedAt, now)) },
    { name: "resets", cell: cell((it) => resetText(it, now)), drops: 4 },
    { name: "pace", cell: cell(paceText), drops: 2 },
    { name: "runs out", cell: cell((it) => exhaustionText(it, now)) },
    {
      name: "90 % by",
      cell: cell((it) => latestText(it, now)),
      isOptional: true,
      drops: 3,
    },
  ];
}

function nameOfWindow({ window, model }: QuotaWindow): string {
  return window + (model === undefined ? "" : `, ${model}`);
}

function usedText({ used, unit }: QuotaWindow): string {
  return used === undefined ? UNKNOWN : short(used, unit);
}

function resetText({ resetsAt }: QuotaWindow, now: number): string {
  return resetsAt === undefined ? UNKNOWN : soon(resetsAt, now);
}

function paceText({ rate, unit }: QuotaWindow): string {
  return rate === undefined ? "" : `${short(rate, unit)}/h`;
}

const BAR_CELLS = 10;

/** Returns a bar of ten cells and the share, or nothing if it is unknown. */
function bar(window: QuotaWindow, now: number): string {
  const share = usedShare(window, now);
  if (share === undefined) return "";
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * BAR_CELLS);
  const cells = "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
  return `${cells} ${wholePercent(share)} %`;
}

function limitText({ limit, unit }: QuotaWindow): string {
  if (!limit) return UNKNOWN;
  const { lo, hi } = limit;
  const least = short(lo, unit);
  if (!Number.isFinite(hi)) return `at least ${least} ${UNITS[unit]}`;
  const most = short(hi, unit);
  const number = least === most ? most : `${least} to ${most}`;
  return unit === "percent" ? number : `${number} ${UNITS[unit]}`;
}

/** What each unit is called. */
export const UNITS: Readonly<Record<QuotaUnit, string>> = {
  requests: "requests",
  tokens: "tokens",
  input_tokens: "input tokens",
  output_tokens: "output tokens",
  credits: "credits",
  percent: "%",
};

/** Returns by when it is used up in half of all cases. */
function exhaustionText(
  { exhaustedAt, lasts }: QuotaWindow,
  now: number,
): string {
  if (exhaustedAt) return soon(exhaustedAt.p50, now);
  return lasts ? LASTS : UNKNOWN;
}

/** Returns by when it is used up in nine of ten cases, unless that is the same. */
function latestText(window: QuotaWindow, now: number): string {
  if (!window.exhaustedAt) return "";
  const last = soon(window.exhaustedAt.p90, now);
  return last === exhaustionText(window, now) ? "" : last;
}

function trafficRow({ account, traffic }: Shown): string[] {
  const name = shortName(account);
  if (traffic.observedAt === undefined) return [name, "", UNKNOWN];
  const hours = traffic.hours.map((it) => it.requests);
  return [name, sparkline(hours), countsText(traffic.today)];
}

/** Describes counts: `412 requests, 1.2 M tokens, 3 failed`. */
export function countsText(counts: Counts): string {
  const { requests, inputTokens, outputTokens, errors } = counts;
  const tokens = inputTokens + outputTokens;
  return [
    `${short(requests)} ${requests === 1 ? "request" : "requests"}`,
    ...(tokens > 0 ? [`${short(tokens)} tokens`] : []),
    ...(errors > 0 ? [`${short(errors)} failed`] : []),
  ].join(", ");
}

const STEPS = "▁▂▃▄▅▆▇█";

/** Draws `values` as one character each; `·` where there is nothing. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  return values.map((it) =>
    it <= 0
      ? "·"
      : STEPS[Math.min(Math.ceil(it / most * STEPS.length) - 1, 7)] ?? "·"
  ).join("");
}

const SCALES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]] as const;

/**
 * Formats a count with about three digits: `412`, `12.3 k`, `1.2 M`; a
 * percentage as `52 %`.
 */
export function short(count: number, unit?: QuotaUnit): string {
  if (unit === "percent") return `${Math.round(count)} %`;
  const [size, letter] = SCALES.find(([it]) => Math.abs(count) >= it) ?? [];
  if (size === undefined) {
    return String(count < 10 ? Math.round(count * 10) / 10 : Math.round(count));
  }
  const scaled = count / (letter === "k" ? 1000 : size);
  return `${scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${letter}`;
}

/** Names an account for a heading or a picture. */
export function quotaName({ account }: AccountQuota): string {
  return nameOf(account.index, account.label);
}
