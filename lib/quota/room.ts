/**
 * What is used and left of an account, and what of that is kept for other runs.
 * Pure.
 *
 * @module
 */

import type { AccountName } from "../account_name.ts";
import { type Amount, parseReserve, type Reserve } from "../amounts.ts";
import type { QuotaWindow } from "./types.ts";

/** A limit, and where it is expected. */
type Limit = NonNullable<QuotaWindow["limit"]>;

/**
 * Where in its interval a limit is expected that no refusal has shown yet, from
 * 0 (`lo`) to 1 (`hi`): pages name those of all plans of a service.
 */
const CAREFUL = 0.25;

/**
 * Returns what can be used of a window, most likely, before the service refuses,
 * in units; `undefined` if nothing is known above the lower bound.
 */
export function expectedLimit(
  { lo, hi, expected = lo + CAREFUL * (hi - lo) }: Limit,
): number | undefined {
  return Number.isFinite(expected) ? expected : undefined;
}

/**
 * Returns what is used of a window, 0 to 1 at the expected limit, or above;
 * `undefined` if it is unknown. A window that has begun again is empty. Whatever
 * shows, tells or acts on a share takes it from here.
 */
export function usedShare(
  { used, limit, resetsAt }: QuotaWindow,
  now: number,
): number | undefined {
  const expected = limit && expectedLimit(limit);
  if (used === undefined || expected === undefined) return undefined;
  if (resetsAt !== undefined && resetsAt <= now) return 0;
  return expected > 0 ? used / expected : 1;
}

/** Returns a share in whole percent, rounded down: 90 % is only shown at 90 %. */
export function wholePercent(share: number): number {
  return Math.floor(share * 100 + 1e-9);
}

/** Whose windows to look at, and when. */
export interface RoomOptions {
  /** The account. */
  account: number;
  /** The model of the next request. @default any */
  model?: string | undefined;
  /** The time, milliseconds since the epoch. */
  now: number;
}

/**
 * Returns the reserves in `texts` that runs with the name `own` may not use.
 * Text that is not a reserve is left out.
 */
export function reservesAgainst(
  texts: readonly string[],
  own: string | undefined,
): Reserve[] {
  return texts.flatMap((it) => parseReserve(it) ?? [])
    .filter((it) => it.for !== own);
}

/** Returns those of `reserves` that are for an account. */
export function reservesOf(
  reserves: readonly Reserve[],
  name: AccountName,
): Reserve[] {
  return reserves.filter(({ account }) =>
    account === undefined || isAccount(name, account)
  );
}

/** Returns a message for each account in `reserves` that is not among `all`. */
export function unknownIn(
  reserves: readonly Reserve[],
  all: readonly AccountName[],
): string[] {
  const unknown = reserves.map((it) => it.account).filter((account) =>
    account !== undefined && !all.some((name) => isAccount(name, account))
  );
  const names = all.map(({ index, label }) => label ?? index).join(", ");
  return [...new Set(unknown)].map((it) =>
    `reserve: no account is named ${JSON.stringify(it)}, so nothing is kept ` +
    `of it (have: ${names})`
  );
}

function isAccount({ index, label }: AccountName, word: string): boolean {
  return word === String(index) || word.toLowerCase() === label?.toLowerCase();
}

/** Returns the windows of an account that count the requests to `model`. */
export function windowsOf(
  windows: readonly QuotaWindow[],
  { account, model }: Pick<RoomOptions, "account" | "model">,
): QuotaWindow[] {
  return windows.filter((it) =>
    it.account === account &&
    (model === undefined || it.model === undefined || it.model === model)
  );
}

/** What is left of a window. */
export interface WindowRoom {
  /** The window. */
  window: QuotaWindow;
  /** What is left, in units of the window, to the limit that is expected. */
  left: number;
  /** That limit, in units. */
  limit: number;
  /** What is left besides, but kept for others, in the same units. @default 0 */
  reserved?: number | undefined;
}

/**
 * Returns what is left of each window of an account whose use and limit are
 * known. A window that has begun again is empty.
 */
function roomOf(
  windows: readonly QuotaWindow[],
  { account, model, now }: RoomOptions,
): WindowRoom[] {
  return windowsOf(windows, { account, model }).flatMap((window) => {
    const { limit, resetsAt, used } = window;
    const expected = limit && expectedLimit(limit);
    if (used === undefined || expected === undefined) return [];
    const isNew = resetsAt !== undefined && resetsAt <= now;
    const left = Math.max(expected - (isNew ? 0 : used), 0);
    return [{ window, left, limit: expected }];
  });
}

/**
 * Returns `amount` in units of `window`; `undefined` if the window counts
 * something else.
 */
function amountIn(
  { limit, unit }: QuotaWindow,
  amount: Amount,
): number | undefined {
  if (amount.unit === "percent") {
    return (limit && expectedLimit(limit) || 0) * amount.count / 100;
  }
  return amount.unit === unit ? amount.count : undefined;
}

/**
 * Returns the window of which no more than `amount` is left, the one that begins
 * again last; `undefined` if there is more of each, or nothing is known.
 */
export function scarceWindow(
  windows: readonly QuotaWindow[],
  amount: Amount,
  options: RoomOptions,
): QuotaWindow | undefined {
  return roomOf(windows, options)
    .filter(({ left, window }) => left <= (amountIn(window, amount) ?? -1))
    .map((it) => it.window)
    .sort((a, b) => (b.resetsAt ?? Infinity) - (a.resetsAt ?? Infinity))[0];
}

/** Whether an account has enough for something. */
export type Enough = "enough" | "not enough" | "unknown";

/**
 * Returns whether at least `amount` is left of an account, and the window with
 * the least room that says so. Of windows that count something else, anything
 * must be left. Without an amount, something must be left of every window.
 */
export function hasEnough(
  windows: readonly QuotaWindow[],
  { amount, kept = [], ...options }: RoomOptions & {
    /** What must be left. @default anything */
    amount?: Amount | undefined;
    /** What is kept for others. @default nothing */
    kept?: readonly Reserve[] | undefined;
  },
): { answer: Enough; by?: WindowRoom | undefined } {
  const rooms = roomOf(windows, options).map(({ left, window, limit }) => {
    const most = Math.max(
      0,
      ...kept.map((it) => amountIn(window, it.amount) ?? 0),
    );
    return {
      window,
      limit,
      left: Math.max(left - most, 0),
      reserved: Math.min(left, most),
    };
  });
  const needed = (it: WindowRoom) => amount && amountIn(it.window, amount);
  const short = rooms.find((it) => {
    const least = needed(it);
    return least === undefined ? it.left <= 0 : it.left < least;
  });
  if (short) return { answer: "not enough", by: short };
  const [by] = rooms
    .filter((it) => amount === undefined || needed(it) !== undefined)
    .sort((a, b) => shareLeft(a) - shareLeft(b));
  return by ? { answer: "enough", by } : { answer: "unknown" };
}

function shareLeft({ left, limit }: WindowRoom): number {
  return limit > 0 ? left / limit : 0;
}
