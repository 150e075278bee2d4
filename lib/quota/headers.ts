import { withoutUndefined } from "../json.ts";
import {
  amountIn,
  type HeaderReading,
  type Member,
  membersOf,
  nameOf,
  nameOfLength,
  plausibleReset,
  resetIn,
} from "./header_values.ts";
import type { QuotaUnit, WindowReading } from "./types.ts";

/** The most readings that are taken from one reply. */
const MOST_READINGS = 32;

/** What a reply belongs to. */
interface ReadingsInOptions {
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
    ...(model && !isForAll ? { model } : {}),
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

function plainReadings(headers: Headers, now: number): HeaderReading[] {
  return [...headers].flatMap(([name, text]) => {
    const match = PLAIN.exec(name);
    const limit = amountIn(text);
    if (!match || limit === undefined) return [];
    const [, kind, period] = match;
    const rest = name.slice("x-ratelimit-limit".length);
    const remaining = amountIn(headers.get(`x-ratelimit-remaining${rest}`));
    const reset = headers.get(`x-ratelimit-reset${rest}`);
    const resetsAt = resetIn(reset, now);
    const used = usedOf(limit, remaining);
    return withoutUndefined({
      window: period ?? nameOf({ limit, used, reset, resetsAt, now }),
      unit: kind === "tokens" ? "tokens" as const : "requests" as const,
      limit,
      used,
      resetsAt,
    });
  });
}

/**
 * `modelscope-ratelimit-requests-limit` and `-model-requests-limit`, which count
 * a day: https://github.com/RUnknown/modelscope-ratelimit-check.
 */
function dailyReadings(headers: Headers): HeaderReading[] {
  return ["model-", ""].flatMap((part) =>
    readingAt(`modelscope-ratelimit-${part}requests`, headers, {
      window: "day",
      unit: "requests",
      isForAll: part === "" || undefined,
    })
  );
}

/** https://docs.anthropic.com/en/api/rate-limits: each counts a minute. */
const OF_A_MINUTE: readonly QuotaUnit[] = [
  "requests",
  "tokens",
  "input_tokens",
  "output_tokens",
];

function minuteReadings(headers: Headers, now: number): HeaderReading[] {
  return OF_A_MINUTE.flatMap((unit) => {
    const prefix = `anthropic-ratelimit-${unit.replace("_", "-")}`;
    const at = Date.parse(headers.get(`${prefix}-reset`) ?? ""); // RFC 3339
    const resetsAt = plausibleReset(at, now);
    return readingAt(prefix, headers, { window: "minute", unit, resetsAt });
  });
}

/**
 * `anthropic-ratelimit-unified-5h-utilization` and `-reset`: the share of a
 * window of a plan, from 0 to 1, and seconds since the epoch, as its own
 * program reads them.
 */
const SHARE = /^anthropic-ratelimit-unified-(\w{1,24})-utilization$/;

function shareReadings(headers: Headers, now: number): HeaderReading[] {
  return [...headers].flatMap(([name, text]) => {
    const [, part] = SHARE.exec(name) ?? [];
    const share = amountIn(text);
    if (part === undefined || share === undefined) return [];
    const reset = headers.get(`anthropic-ratelimit-unified-${part}-reset`);
    return withoutUndefined({
      window: part === "7d" ? "week" : part,
      unit: "percent" as const,
      limit: 100,
      used: share * 100,
      resetsAt: resetIn(reset, now),
      isForAll: true,
    });
  });
}

/** A window longer than this is a mistake, seconds. */
const LONGEST_WINDOW_S = 366 * 86_400;

/**
 * Returns what the fields of the IETF draft say: `RateLimit` and
 * `RateLimit-Policy` with a name for each policy
 * (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10),
 * `RateLimit: limit=100, remaining=50, reset=30` (version 07), and
 * `RateLimit-Limit`, `-Remaining` and `-Reset` (version 05).
 */
function draftReadings(headers: Headers, now: number): HeaderReading[] {
  const policies = membersOf(headers.get("ratelimit-policy"));
  const state = membersOf(headers.get("ratelimit"));
  const named = state.filter((it) => it.parameters.has("r"));
  if (named.length > 0) {
    return named.flatMap((it) => namedReading(it, { policies, now }));
  }
  const plain = new Map(state.flatMap((it) => [...it.parameters]));
  const limits = membersOf(headers.get("ratelimit-limit"));
  const limit = amountIn(plain.get("limit") ?? limits[0]?.name);
  const remaining = amountIn(
    plain.get("remaining") ?? headers.get("ratelimit-remaining"),
  );
  if (limit === undefined || remaining === undefined) return [];
  const seconds = [...limits, ...policies].find((it) =>
    amountIn(it.name) === limit && it.parameters.has("w")
  )?.parameters.get("w");
  const reset = plain.get("reset") ?? headers.get("ratelimit-reset");
  return [withoutUndefined({
    window: nameOfWindow(seconds) ?? "default",
    unit: "requests",
    limit,
    used: usedOf(limit, remaining),
    resetsAt: resetIn(reset, now),
  })];
}

function namedReading(
  { name, parameters }: Member,
  { policies, now }: { policies: readonly Member[]; now: number },
): HeaderReading[] {
  const policy = policies.find((it) => it.name === name)?.parameters;
  const unit = policy?.get("qu") ?? "requests";
  const limit = amountIn(policy?.get("q"));
  const remaining = amountIn(parameters.get("r"));
  if (unit !== "requests" && unit !== "tokens") return [];
  if (limit === undefined || remaining === undefined) return [];
  return [withoutUndefined({
    window: nameOfWindow(policy?.get("w")) ?? name.slice(0, 24),
    unit,
    limit,
    used: usedOf(limit, remaining),
    resetsAt: resetIn(parameters.get("t") ?? null, now),
  })];
}

function nameOfWindow(seconds: string | undefined): string | undefined {
  const length = amountIn(seconds);
  const isLength = length !== undefined && length >= 1 &&
    length <= LONGEST_WINDOW_S;
  return isLength ? nameOfLength(length * 1_000) : undefined;
}

/** Returns what the fields `PREFIX-limit` and `PREFIX-remaining` say, if anything. */
function readingAt(
  prefix: string,
  headers: Headers,
  about: Pick<HeaderReading, "window" | "unit" | "resetsAt" | "isForAll">,
): HeaderReading[] {
  const limit = amountIn(headers.get(`${prefix}-limit`));
  if (limit === undefined) return [];
  const used = usedOf(limit, amountIn(headers.get(`${prefix}-remaining`)));
  return [withoutUndefined({ ...about, limit, used })];
}

/** Returns what is used; a service may count what is left too generously. */
function usedOf(
  limit: number,
  remaining: number | undefined,
): number | undefined {
  return remaining === undefined ? undefined : Math.max(limit - remaining, 0);
}
