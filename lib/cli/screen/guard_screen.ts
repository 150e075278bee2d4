import { type AccountName, nameOf } from "../../account_name.ts";
import type { AccountQuota } from "../../accounts/account_quota.ts";
import { NOT_CHOSEN } from "../../accounts/candidates.ts";
import type { Amount } from "../../amounts.ts";
import {
  type Enough,
  hasEnough,
  reservesAgainst,
  reservesOf,
  type WindowRoom,
} from "../../quota/room.ts";
import type { Readiness } from "../../readiness.ts";
import { short, UNITS } from "./quota_screen.ts";
import { isoTime, soon } from "./time.ts";

/** What is asked. */
interface GuardOptions {
  readiness: readonly Readiness[];
  /** Whether the user named the account. */
  isNamed: boolean;
  /** What must be left. @default anything */
  amount: Amount | undefined;
  /** The setting `reserve`. */
  reserve: readonly string[];
  /** The name of the runs that ask. @default none */
  for: string | undefined;
  now: number;
}

/** The answer, and the account that it rests on. */
export interface GuardResult {
  answer: Enough;
  account: AccountName;
  /** The window that decides. @default none is known */
  by?: WindowRoom | undefined;
  /** Why the account cannot be used now, and until when. @default it can */
  obstacle?: Pick<Readiness, "obstacle" | "readyAt"> | undefined;
}

/** The best answer first. */
const ORDER: readonly Enough[] = ["enough", "unknown", "not enough"];

/** Returns the best answer of all accounts; there is at least one. */
export function findEnough(
  all: readonly AccountQuota[],
  options: GuardOptions,
): GuardResult {
  const [best] = all.map((it) => judge(it, options)).sort((a, b) =>
    ORDER.indexOf(a.answer) - ORDER.indexOf(b.answer) || endOf(a) - endOf(b)
  );
  return best!;
}

function endOf({ by, obstacle }: GuardResult): number {
  return obstacle?.readyAt ?? by?.window.resetsAt ?? Infinity;
}

function judge(
  { account, windows }: AccountQuota,
  { amount, for: name, isNamed, now, readiness, reserve }: GuardOptions,
): GuardResult {
  const own = readiness.find((it) => it.index === account.index);
  const isReady = own?.obstacle === undefined ||
    isNamed && own.obstacle === NOT_CHOSEN && (own.readyIfAskedAt ?? 0) <= now;
  if (!isReady) return { answer: "not enough", account, obstacle: own };
  const kept = reservesOf(reservesAgainst(reserve, name), account);
  const options = { account: account.index, amount, kept, now };
  return { account, ...hasEnough(windows, options) };
}

/** Describes the answer in one line. */
export function describeGuard(
  { account, answer, by, obstacle }: GuardResult,
  { amount, now }: Pick<GuardOptions, "amount" | "now">,
): string {
  const name = nameOf(account.index, account.label);
  if (obstacle) {
    const { readyAt } = obstacle;
    const until = readyAt < Infinity ? ` until ${soon(readyAt, now)}` : "";
    return `${answer}: ${name} is ${obstacle.obstacle}${until}`;
  }
  if (!by) {
    const what = amount && amount.unit !== "percent"
      ? `limit of ${UNITS[amount.unit]}`
      : "limit";
    return `unknown: no ${what} is known for ${name}`;
  }
  const {
    left,
    limit,
    reserved = 0,
    window: { observedAt, resetsAt, ...window },
  } = by;
  const { model, source, unit } = window;
  const share = unit === "percent"
    ? `${short(left, unit)} left`
    : `${short(left)} of ${short(limit)} ${UNITS[unit]} left`;
  const which = window.window + (model === undefined ? "" : `, ${model}`);
  const besides = reserved > 0
    ? `, besides ${short(reserved, unit)} reserved for others,`
    : "";
  const until = resetsAt === undefined ? "" : ` until ${soon(resetsAt, now)}`;
  return `${answer}: ${name} has ${share} of ${which}${besides}${until} ` +
    `(${source}, seen ${soon(observedAt, now)})`;
}

/** Returns what `guard --json` prints. */
export function guardJson(
  { account, answer, by, obstacle }: GuardResult,
): Record<string, unknown> {
  const { window } = by ?? {};
  return {
    answer,
    index: account.index,
    label: account.label,
    obstacle: obstacle?.obstacle,
    ready_at: obstacle ? isoTime(obstacle.readyAt) : null,
    window: window?.window,
    model: window?.model,
    unit: window?.unit,
    left: by?.left,
    limit: by?.limit,
    source: window?.source,
    observed_at: isoTime(window?.observedAt),
    resets_at: isoTime(window?.resetsAt),
  };
}
