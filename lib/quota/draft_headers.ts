import {
  amountIn,
  type HeaderReading,
  nameOfLength,
  resetIn,
} from "./header_values.ts";

/** A member of a structured field: `"burst";q=100;w=60`, or `limit=100`. */
interface Member {
  /** The name of a policy, or the amount of one that has none. */
  name: string;
  /** Its parameters. */
  parameters: Map<string, string>;
}

/** Later text of a header is ignored, characters. */
const LONGEST_HEADER = 2_048;

/** A window longer than this is a mistake, seconds. */
const LONGEST_WINDOW_S = 366 * 86_400;

/**
 * Returns what the fields of the IETF draft say: `RateLimit` and
 * `RateLimit-Policy` with a name for each policy
 * (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10),
 * `RateLimit: limit=100, remaining=50, reset=30` (version 07), and
 * `RateLimit-Limit`, `-Remaining` and `-Reset` (version 05).
 */
export function draftReadings(headers: Headers, now: number): HeaderReading[] {
  const policies = membersOf(headers.get("ratelimit-policy"));
  const state = membersOf(headers.get("ratelimit"));
  const named = state.filter((it) => it.parameters.has("r"));
  if (named.length > 0) {
    return named.flatMap((it) => namedReading(it, { policies, now }));
  }
  const plain = new Map(state.flatMap((it) => [...it.parameters]));
  const limits = membersOf(headers.get("ratelimit-limit"));
  return plainReading({
    limit: plain.get("limit") ?? limits[0]?.name,
    remaining: plain.get("remaining") ?? headers.get("ratelimit-remaining"),
    reset: plain.get("reset") ?? headers.get("ratelimit-reset"),
    policies: [...limits, ...policies],
    now,
  });
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
  const resetsAt = resetIn(parameters.get("t") ?? null, now);
  return [{
    window: nameOfWindow(policy?.get("w")) ?? name.slice(0, 24),
    unit,
    limit,
    used: Math.max(limit - remaining, 0),
    ...(resetsAt === undefined ? {} : { resetsAt }),
  }];
}

function plainReading({ limit: text, remaining, reset, policies, now }: {
  limit: string | undefined;
  remaining: string | null;
  reset: string | null;
  policies: readonly Member[];
  now: number;
}): HeaderReading[] {
  const limit = amountIn(text);
  const left = amountIn(remaining);
  if (limit === undefined || left === undefined) return [];
  const seconds = policies.find((it) =>
    amountIn(it.name) === limit && it.parameters.has("w")
  )?.parameters.get("w");
  const resetsAt = resetIn(reset, now);
  return [{
    window: nameOfWindow(seconds) ?? "default",
    unit: "requests",
    limit,
    used: Math.max(limit - left, 0),
    ...(resetsAt === undefined ? {} : { resetsAt }),
  }];
}

function nameOfWindow(seconds: string | undefined): string | undefined {
  const length = amountIn(seconds);
  const isLength = length !== undefined && length >= 1 &&
    length <= LONGEST_WINDOW_S;
  return isLength ? nameOfLength(length * 1_000) : undefined;
}

/** Parses a list of RFC 9651, section 3.1, as far as these fields need it. */
function membersOf(text: string | null): Member[] {
  return (text ?? "").slice(0, LONGEST_HEADER).split(",").map((it) => {
    const [first = "", ...rest] = it.trim().split(";");
    const isPair = /^[a-z]+=/.test(first);
    const parameters = (isPair ? [first, ...rest] : rest).map((pair) => {
      const [key = "", value = ""] = pair.trim().split("=");
      return [key, unquoted(value)] as const;
    });
    return {
      name: isPair ? "" : unquoted(first),
      parameters: new Map(parameters),
    };
  });
}

function unquoted(text: string): string {
  return text.trim().replace(/^"(.*)"$/, "$1");
}
