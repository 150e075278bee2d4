/** A part of a quota, or what is needed of it. */
export interface Amount {
  /** How much, in units; of 100 for "percent". */
  count: number;
  /** What is counted. */
  unit: "percent" | "requests" | "tokens";
}

/** A part of the quota of accounts that is kept for some runs. */
export interface Reserve {
  /** The number or the label of the account. @default every account */
  account: string | undefined;
  /** How much of each window is kept. */
  amount: Amount;
  /** The name that those runs give with `--for`. */
  for: string;
}

const AMOUNT = /^(\d{1,12}) ?(%|requests?|tokens?)$/;

/** Parses `20%`, `50 requests` or `200000 tokens`; `undefined` for other text. */
export function parseAmount(text: string): Amount | undefined {
  const [, digits = "", word = ""] = AMOUNT.exec(text.trim()) ?? [];
  const count = Number(digits);
  if (word === "%") {
    return parsePercent(text) ? { count, unit: "percent" } : undefined;
  }
  if (word === "" || count === 0) return undefined;
  return { count, unit: word.startsWith("token") ? "tokens" : "requests" };
}

/** Parses `90%` or `90` as 90, and `off` as 0; `undefined` for other text. */
export function parsePercent(text: string): number | undefined {
  if (text === "off") return 0;
  const [, digits] = /^([1-9]\d?)%?$/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Parses `20% for ci` or `work: 50 requests for ci`, where `work` is an account
 * and `ci` the name that runs give with `--for`; `undefined` for other text.
 */
export function parseReserve(text: string): Reserve | undefined {
  const [, account, amount = "", name] =
    /^(?:(.+): *)?([\d][^:]*?) +for +(\S+)$/.exec(text.trim()) ?? [];
  const parsed = parseAmount(amount);
  return parsed && name !== undefined
    ? { account, amount: parsed, for: name }
    : undefined;
}

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** A number of each unit, the largest first. */
const PARTS = new RegExp(
  `^${["d", "h", "m", "s", "ms"].map(partOf).join("")}$`,
);

function partOf(unit: string): string {
  return String.raw`(?:(\d+(?:\.\d+)?)${unit})?`;
}

/**
 * Parses a duration such as `45s`, `1.5m`, `500ms`, `1h30m` or `2d4h` as
 * milliseconds; a bare number is seconds. Returns `undefined` if it is invalid or
 * not above zero.
 */
export function parseDuration(text: string): number | undefined {
  const whole = /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text;
  const [, ...parts] = PARTS.exec(whole) ?? [];
  const ms = parts.reduce(
    (sum, it, at) => sum + Number(it ?? 0) * (UNITS_MS[at] ?? NaN),
    0,
  );
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}
