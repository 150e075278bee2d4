import { parseDuration } from "../duration.ts";
import { draftReadings } from "./draft_headers.ts";
import {
  amountIn,
  type HeaderReading,
  nameOfLength,
  plausibleReset,
  resetIn,
} from "./header_values.ts";
import type { QuotaUnit, WindowReading } from "./types.ts";

/** The most readings that are taken from one reply. */
const MOST_READINGS = 32;

/** What a reply belongs to. */
export interface ReadingsInOptions {
  /** The number of the account that sent the request. */
  account: number;
  /**
   * The model of the request, if the service has a limit for each model.
   * @default the limits are those of all models
   */
  model?: string | undefined;
  /** The time, milliseconds since the epoch. */
  now: number;
}

/**
 * Returns what the headers of a reply say about the windows of the account.
 * Values that are negative, past, farther ahead than 35 days or not numbers are
 * left out; what is left is finite.
 */
export function readingsIn(
  headers: Headers,
  { account, model, now }: ReadingsInOptions,
): WindowReading[] {
  if (!tellsLimits(headers)) return [];
  const readings = [
    ...plainReadings(headers, now),
    ...dailyReadings(headers),
    ...minuteReadings(headers, now),
    ...shareReadings(headers, now),
    ...draftReadings(headers, now),
  ];
  return readings.slice(0, MOST_READINGS).map(({ isForAll, ...it }) => ({
    account,
    ...(model !== undefined && model !== "" && !isForAll ? { model } : {}),
    ...it,
    observedAt: now,
    source: "header",
  }));
}

/** Most replies have no such header, so nothing else needs to look for one. */
function tellsLimits(headers: Headers): boolean {
  let tells = false;
  headers.forEach((_, name) => tells ||= name.includes("ratelimit"));
  return tells;
}

/**
 * `x-ratelimit-limit-requests`, `x-ratelimit-limit-tokens-per-day` and the like:
 * https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers,
 * https://console.groq.com/docs/rate-limits,
 * https://inference-docs.cerebras.ai/support/rate-limits. Without a suffix, as
 * in `X-RateLimit-Limit`, they count requests, and the reset is in milliseconds
 * since the epoch: https://openrouter.ai/docs/api-reference/limits.
 */
const PLAIN =
  /^x-ratelimit-limit(?:-(requests|tokens)(?:(?:-per)?-(minute|hour|day))?)?$/;

function* plainReadings(
  headers: Headers,
  now: number,
): Generator<HeaderReading> {
  for (const [name, text] of headers) {
    const [, kind, period] = PLAIN.exec(name) ?? [];
    if (!PLAIN.test(name)) continue;
    const rest = name.slice("x-ratelimit-limit".length);
    const limit = amountIn(text);
    const remaining = amountIn(headers.get(`x-ratelimit-remaining${rest}`));
    const reset = headers.get(`x-ratelimit-reset${rest}`);
    if (limit === undefined) continue;
    const resetsAt = resetIn(reset, now);
    const used = usedOf(limit, remaining);
    yield {
      window: period ?? nameOf({ limit, used, reset, resetsAt, now }),
      unit: kind === "tokens" ? "tokens" : "requests",
      limit,
      ...(used === undefined ? {} : { used }),
      ...(resetsAt === undefined ? {} : { resetsAt }),
    };
  }
}

/** What is known of a window whose name the headers do not tell. */
interface Nameless {
  limit: number;
  used: number | undefined;
  reset: string | null;
  resetsAt: number | undefined;
  now: number;
}

/** How far a computed length may be from that of a window with a name. */
const NAME_TOLERANCE = 0.25;

/**
 * Returns the name of a window from its reset. A duration with units is that of
 * a bucket which refills evenly, so that its share of what is used gives the
 * length of the whole. Otherwise it is the shortest usual window that can last
 * until the reset.
 */
function nameOf({ limit, used, reset, resetsAt, now }: Nameless): string {
  const ms = /[a-z]/i.test(reset ?? "")
    ? parseDuration(reset ?? "")
    : undefined;
  if (ms !== undefined && used !== undefined && used > 0) {
    const length = ms * limit / used;
    const known = [60_000, 3_600_000, 86_400_000].find((it) =>
      Math.abs(length / it - 1) <= NAME_TOLERANCE
    );
    if (known !== undefined) return nameOfLength(known);
  }
  if (resetsAt === undefined) return "minute";
  if (ms === undefined && resetsAt % 86_400_000 === 0) return "day";
  const ahead = resetsAt - now;
  return ahead <= 60_000 ? "minute" : ahead <= 3_600_000 ? "hour" : "day";
}

/**
 * `modelscope-ratelimit-requests-limit` and `-model-requests-limit`, which count
 * a day: https://github.com/RUnknown/modelscope-ratelimit-check.
 */
function* dailyReadings(headers: Headers): Generator<HeaderReading> {
  for (const part of ["model-", ""]) {
    const prefix = `modelscope-ratelimit-${part}requests`;
    const limit = amountIn(headers.get(`${prefix}-limit`));
    if (limit === undefined) continue;
    const used = usedOf(limit, amountIn(headers.get(`${prefix}-remaining`)));
    yield {
      window: "day",
      unit: "requests",
      limit,
      ...(used === undefined ? {} : { used }),
      ...(part === "" ? { isForAll: true } : {}),
    };
  }
}

/** https://docs.anthropic.com/en/api/rate-limits: each counts a minute. */
const BY_KIND: readonly (readonly [string, QuotaUnit])[] = [
  ["requests", "requests"],
  ["tokens", "tokens"],
  ["input-tokens", "input_tokens"],
  ["output-tokens", "output_tokens"],
];

function* minuteReadings(
  headers: Headers,
  now: number,
): Generator<HeaderReading> {
  for (const [part, unit] of BY_KIND) {
    const prefix = `anthropic-ratelimit-${part}`;
    const limit = amountIn(headers.get(`${prefix}-limit`));
    if (limit === undefined) continue;
    const used = usedOf(limit, amountIn(headers.get(`${prefix}-remaining`)));
    const at = Date.parse(headers.get(`${prefix}-reset`) ?? ""); // RFC 3339
    const resetsAt = plausibleReset(at, now);
    yield {
      window: "minute",
      unit,
      limit,
      ...(used === undefined ? {} : { used }),
      ...(resetsAt === undefined ? {} : { resetsAt }),
    };
  }
}

/**
 * `anthropic-ratelimit-unified-5h-utilization` and `-reset`: the share of a
 * window of a plan, from 0 to 1, and seconds since the epoch, as its own
 * program reads them.
 */
const SHARE = /^anthropic-ratelimit-unified-(\w{1,24})-utilization$/;

function* shareReadings(
  headers: Headers,
  now: number,
): Generator<HeaderReading> {
  for (const [name, text] of headers) {
    const [, part] = SHARE.exec(name) ?? [];
    const share = amountIn(text);
    if (part === undefined || share === undefined) continue;
    const reset = headers.get(`anthropic-ratelimit-unified-${part}-reset`);
    const resetsAt = resetIn(reset, now);
    yield {
      window: part === "7d" ? "week" : part,
      unit: "percent",
      limit: 100,
      used: share * 100,
      ...(resetsAt === undefined ? {} : { resetsAt }),
      isForAll: true,
    };
  }
}

/** Returns what is used; a service may count what is left too generously. */
function usedOf(
  limit: number,
  remaining: number | undefined,
): number | undefined {
  return remaining === undefined ? undefined : Math.max(limit - remaining, 0);
}
