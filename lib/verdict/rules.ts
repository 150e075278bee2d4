import { type ApiError, judgedText } from "./api_error.ts";
import {
  anyOf,
  BROKEN,
  BUSY,
  MODEL_REFUSED,
  MONEY,
  OF_REQUEST,
  ONLY_FOR_OTHERS,
  QUOTA,
  RATE,
  SHORT_LIMIT,
  SPENT,
  type Words,
} from "./rule_words.ts";
import { KIND, type VerdictKind } from "./policy.ts";
import type { Service } from "./service.ts";

/** Decides by the status whether the words of a rule count. */
type Guard = (status: number | undefined) => boolean;

/** Accepts these statuses, 200, and none, as in a stream that began well. */
function noneOr(...statuses: number[]): Guard {
  return (status) =>
    status === undefined || status === 200 || statuses.includes(status);
}

/** Accepts any status except these. */
function not(...statuses: number[]): Guard {
  return (status) => status === undefined || !statuses.includes(status);
}

/** Statuses of a reached limit; with others, a limit has another meaning. */
const LIMITED: Guard = noneOr(402, 403, 429, 432, 433, 449, 503);

/** Statuses of an invalid request. */
const REFUSED: Guard = noneOr(400, 413, 422);

/** Statuses for something that the account may not use or does not have. */
const OF_ACCOUNT: Guard = noneOr(400, 401, 403, 404, 405, 422, 435, 503);

/** The result of a rule. */
export interface Ruling {
  /** What the rule is about, in a few words. */
  name: string;
  /** What the error means. */
  kind: VerdictKind;
  /**
   * `account` if the refusal concerns what this account requests: an account
   * with another model or address may succeed.
   */
  scope?: "account" | undefined;
  /** Whether the account has no money left, which affects all its models. */
  isMoney?: boolean | undefined;
  /**
   * Whether it concerns the requested model only. Such a rule counts only if the
   * model is known: otherwise the whole account would be refused.
   */
  isOfModel?: boolean | undefined;
}

interface Rule extends Ruling {
  /** HTTP statuses that mean this, whatever the words. */
  statuses?: (status: number) => boolean;
  /** Words that mean this, in the code, the message or other members. */
  words?: Pick<Words, "test">;
  /** The statuses with which the words count. @default any */
  guard?: Guard;
  /** Whether the words mean this at a service. @default at all */
  service?: (service: Service | undefined) => boolean;
}

/** The code for an error in which an agent itself says that it needs a login. */
export const LOGIN_REQUIRED = "login_required";

/**
 * The rules, in order of precedence. Words of the service take precedence over
 * its status: 403 and 429 can mean several things. Words count only with
 * certain statuses, because an error may quote a tool, a path or a prompt.
 * Sources: published error codes of the services, and replies in captured runs.
 */
const RULES: readonly Rule[] = [
  {
    name: "dead refresh token",
    kind: KIND.login,
    guard: noneOr(400, 401),
    words: anyOf(() => [
      /invalid_grant|refresh token (?:is |was |has )?(?:expired|invalid|already used|revoked)/,
      /log out and sign in again/,
    ]),
  },
  {
    name: "login required",
    kind: KIND.login,
    guard: noneOr(),
    words: anyOf(() => [
      new RegExp(`\\b${LOGIN_REQUIRED}\\b`),
      /device authoriz|authorization timeout, please restart/,
      /server is rate limiting our requests/,
      /no auth type is selected|please set an auth method/,
      /the configured auth type is/,
    ]),
  },
  {
    // The settings selected something else; the login was not tried.
    name: "no key configured",
    kind: KIND.auth,
    guard: noneOr(),
    words:
      /missing api key|security\.auth\.apikey|api_key environment variable/i,
  },
  {
    name: "discontinued account type",
    kind: KIND.discontinued,
    words: /free tier was discontinued|account type .*(?:ended|discontinued)/i,
  },
  {
    // The network of this machine is refused, with any account.
    name: "blocked network",
    kind: KIND.transient,
    words: /access blocked by cloudflare/i,
  },
  {
    name: "deactivated account",
    kind: KIND.auth,
    words: anyOf(() => [
      /deactivated[-_ ](?:account|organization|workspace)\b/,
      /\b(?:account|organization|workspace)[-_ ](?:\w+[-_ ]){0,2}deactivated\b/,
    ]),
  },
  {
    // A setting of the account at OpenRouter: another account may allow more.
    name: "data policy of the account",
    kind: KIND.auth,
    isOfModel: true,
    guard: noneOr(403, 404),
    words:
      /no (?:\w+ )?endpoints (?:found |available )?matching your (?:\w+ ){0,4}data policy/i,
  },
  {
    // The message advises to shorten the input.
    name: "request timeout",
    kind: KIND.transient,
    words: /streaming request timeout/i,
  },
  {
    name: "content or length",
    kind: KIND.client,
    guard: REFUSED,
    words: anyOf(() => [
      /data_?inspection|inappropriate content|content[-_ ]?(?:filter|policy)/,
      /(?:context|input|prompt)\b.{0,40}\b(?:length|too long)/,
    ]),
  },
  // Only with a status: in a stream the same words may concern an account.
  {
    name: "invalid request",
    kind: KIND.client,
    guard: (status) => status !== undefined && REFUSED(status),
    words: OF_REQUEST,
  },
  // Before limits: neither the request nor the account is at fault.
  {
    name: "only for other clients",
    kind: KIND.client,
    scope: "account",
    guard: OF_ACCOUNT,
    words: ONLY_FOR_OTHERS,
  },
  // Credit reserved by pending requests is released when they end.
  {
    name: "in-flight limit",
    kind: KIND.throttle,
    words: /in[-_ ]flight[-_ ](?:budget|requests)/i,
  },
  {
    // A bucket that fills up all the time, even if it holds a day's tokens.
    name: "rate bucket",
    kind: KIND.throttle,
    guard: LIMITED,
    words: /\bnumber of [\w ]{1,30} has exceeded your (?:\S+ ){0,2}rate limit/i,
  },
  // Limits per minute or second, even if called a quota.
  {
    name: "limit per minute",
    kind: KIND.throttle,
    guard: LIMITED,
    words: SHORT_LIMIT,
  },
  {
    // Tokens per minute, which some services call a quota.
    name: "token limit",
    kind: KIND.throttle,
    guard: LIMITED,
    service: (it) => it?.allocatedQuota !== "plan",
    words: /#token-limit\b/i,
  },
  {
    name: "allocated quota per minute",
    kind: KIND.throttle,
    guard: LIMITED,
    service: (it) => it?.allocatedQuota === "minute",
    words:
      /throttling\.allocationquota|allocated quota exceeded, please increase/i,
  },
  {
    name: "busy service",
    kind: KIND.transient,
    guard: not(401, 402, 403, 404),
    words: BUSY,
  },
  {
    name: "balance",
    kind: KIND.quota,
    isMoney: true,
    guard: not(404, 408, 413, 422),
    words: MONEY,
  },
  { name: "used up", kind: KIND.quota, guard: noneOr(400), words: SPENT },
  {
    name: "model refused (before limits)",
    kind: KIND.client,
    scope: "account",
    guard: (it) => it !== undefined && it !== 403 && OF_ACCOUNT(it),
    words: MODEL_REFUSED,
  },
  {
    name: "invalid parameter",
    kind: KIND.client,
    guard: noneOr(400),
    words: /invalid_?(?:request|parameter)/i,
  },
  {
    name: "quota",
    kind: KIND.quota,
    statuses: (it) => it === 402,
    guard: noneOr(401, 402, 403, 405, 412, 429, 432, 433, 449, 503),
    words: QUOTA,
  },
  {
    name: "rate limit",
    kind: KIND.throttle,
    statuses: (it) => it === 429 || it === 449,
    guard: LIMITED,
    words: RATE,
  },
  {
    name: "model refused",
    kind: KIND.client,
    scope: "account",
    guard: OF_ACCOUNT,
    words: MODEL_REFUSED,
  },
  {
    name: "invalid key",
    kind: KIND.auth,
    statuses: (it) => it === 401 || it === 403,
    guard: noneOr(400),
    words: /invalid[-_ ]?(?:api[-_ ]?key|access token)|incorrect api key/i,
  },
  {
    name: "unauthorized",
    kind: KIND.auth,
    guard: noneOr(439),
    words: anyOf(() => [
      /invalid token|unauthorized|forbidden|token refresh|failed to refresh token/,
      /(?:access|api) token (?:has |is )?expired|valid (?:\w+ )?access token/,
      /credentials are invalid/,
    ]),
  },
  // Something missing at this address may exist at another one.
  {
    name: "not found",
    kind: KIND.client,
    scope: "account",
    statuses: (it) => it === 404 || it === 405,
  },
  {
    name: "client error",
    kind: KIND.client,
    statuses: (it) => it >= 400 && it < 500 && it !== 408,
  },
  {
    name: "server error or connection",
    kind: KIND.transient,
    statuses: (it) => it >= 500 || it === 408,
    guard: noneOr(),
    words: BROKEN,
  },
];

/**
 * Decides what `error` means; `undefined` if no rule matches, or only rules for
 * the kind `except`. Some rules depend on `service`.
 */
export function ruleFor(
  error: ApiError,
  { except, service }: {
    except?: VerdictKind | undefined;
    service?: Service | undefined;
  } = {},
): Ruling | undefined {
  const { model, status } = error;
  const text = judgedText(error);
  return RULES.find((it) =>
    it.kind !== except &&
    !(it.isOfModel && model === undefined) &&
    (it.service?.(service) ?? true) &&
    ((it.words?.test(text) && (it.guard?.(status) ?? true)) ||
      (status !== undefined && it.statuses?.(status)))
  );
}
