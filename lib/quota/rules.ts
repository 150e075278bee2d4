import type { ApiError } from "./api_error.ts";

/** What a run, or a request, came to. */
export type VerdictKind =
  /** It answered. */
  | "ok"
  /** The account is out of quota for long: daily, plan, balance. */
  | "quota"
  /** The account is asked too often now, such as per minute. */
  | "throttle"
  /** The token or key was refused; a refresh may mend it. */
  | "auth"
  /** The login is dead: the prompt was never sent. */
  | "login"
  /** The provider has ended this kind of account. */
  | "discontinued"
  /** The request itself is refused; every account would. */
  | "client"
  /** The provider, or the way there, is broken for now. */
  | "transient"
  /** Its time was up. */
  | "timeout"
  /** Anything else went wrong. */
  | "failed";

/** When the words of a rule count: with these statuses, or without one. */
type Guard = (status: number | undefined) => boolean;

interface Rule {
  kind: VerdictKind;
  /** HTTP statuses that mean this, whatever is said. */
  statuses?: (status: number) => boolean;
  /** What says so in the code or the message. */
  words?: RegExp;
  /** With which statuses the words count. @default any */
  guard?: Guard;
}

/** Without a status, as in a stream that has begun well, or with one of these. */
const noneOr = (...statuses: number[]): Guard => (status) =>
  status === undefined || status === 200 || statuses.includes(status);

/** A limit that was met; others speak of limits for other reasons. */
const LIMITED = noneOr(402, 403, 429, 503);

/** What is wrong with the request itself. */
const REFUSED = noneOr(400, 413, 422);

/**
 * The table that decides, first match first. Words of the provider come before
 * its status: 403 and 429 stand for several things. Words count only beside a
 * status that they go with, for an error may quote a tool, a path or a prompt.
 * Sources: the provider's published error codes, and the replies of the
 * captured runs.
 */
const RULES: readonly Rule[] = [
  {
    kind: "login",
    guard: noneOr(400, 401),
    words: anyOf([
      /invalid_grant|refresh token (?:is )?(?:expired|invalid)/,
    ]),
  },
  {
    kind: "login",
    guard: noneOr(),
    words: anyOf([
      /device authoriz|authorization timeout, please restart/,
      /qwen oauth (?:authentication|credentials)\b/,
      /too many request for qwen oauth|server is rate limiting our requests/,
      /no auth type is selected|please set an auth method/,
      /the configured auth type is/,
    ]),
  },
  {
    // The settings lead elsewhere; the login itself was not tried.
    kind: "auth",
    guard: noneOr(),
    words: anyOf([
      /missing api key|security\.auth\.apikey|api_key environment variable/,
    ]),
  },
  {
    kind: "discontinued",
    words: /free tier was discontinued|account type .*(?:ended|discontinued)/i,
  },
  {
    // It gives the advice to shorten the input.
    kind: "transient",
    words: /streaming request timeout/i,
  },
  {
    kind: "client",
    guard: REFUSED,
    words: anyOf([
      /data_?inspection|inappropriate content|content[-_ ]?(?:filter|policy)/,
      /(?:context|input|prompt)\b.{0,40}\b(?:length|too long)/,
    ]),
  },
  {
    // DashScope and others say with 400 that the account has debts.
    kind: "quota",
    guard: (status) => status === 400,
    words: anyOf([
      /^\S*arrearage\b|account is in good standing|bill is overdue/,
      /^insufficient_(?:quota|balance|credits?)\b|insufficient balance/,
      /balance is (?:too low|insufficient)|欠费|余额/,
    ]),
  },
  {
    kind: "client",
    guard: noneOr(400),
    words: /invalid_?(?:request|parameter)/i,
  },
  {
    // Limits of a minute or a second, also where they are called a quota.
    kind: "throttle",
    guard: LIMITED,
    words: anyOf([
      /throttling\.(?:ratequota|burstrate)|(?<![a-z])[rt]p[ms]\b/,
      /per[ -](?:minute|min|second|sec)\b|concurren(?:t|cy)/,
      /每分钟|每秒|频繁|并发/,
    ]),
  },
  {
    kind: "quota",
    statuses: (it) => it === 402,
    guard: LIMITED,
    words: anyOf([
      /insufficient[_ ](?:quota|balance|credits?)|allocationquota|arrearage/,
      /quota[_ ](?:exceeded|exhausted)|freetieronly/,
      /billing (?:details|(?:hard )?limit)|key limit exceeded/,
      /quota\b.{0,60}\b(?:exceeded|exhausted|reached|used up)/,
      /(?:exceeded|exhausted|reached|out of|over)\b.{0,60}\b(?:quota|credits)/,
      /free (?:tier|quota)\b.{0,60}\b(?:exhausted|used up|has been disc)/,
      /\b(?:daily|monthly|weekly|usage|plan|spending|today'?s) (?:\w+ ){0,2}limit/,
      /per[ -](?:day|week|month)\b|(?<![a-z])[rt]pd\b/,
      /credit balance|good standing|overdue/,
      /(?:额度|配额|次数|今日|当日|每日).{0,20}(?:用尽|用完|耗尽|上限|超出|超过)/,
      /余额不足|欠费/,
    ]),
  },
  {
    kind: "throttle",
    statuses: (it) => it === 429,
    guard: LIMITED,
    words: anyOf([
      /rate[-_ ]?limit|too many requests|throttl/,
      /resource[_ ](?:has been )?exhausted/,
    ]),
  },
  {
    kind: "client",
    guard: noneOr(400, 403, 404),
    words: anyOf([
      /model_?not_?found|model .{0,80}does not exist|model not exist/,
      /(?:unsupported|invalid|unknown) model\b/,
    ]),
  },
  {
    kind: "auth",
    statuses: (it) => it === 401 || it === 403,
    guard: noneOr(400),
    words: /invalid[-_ ]?(?:api[-_ ]?key|access token)|incorrect api key/i,
  },
  {
    kind: "auth",
    guard: noneOr(),
    words: anyOf([
      /invalid token|unauthorized|forbidden|token refresh/,
      /access token (?:has |is )?expired|valid qwen access token/,
      /qwen credentials are invalid/,
    ]),
  },
  {
    kind: "client",
    statuses: (it) => it >= 400 && it < 500 && it !== 408,
  },
  {
    kind: "transient",
    statuses: (it) => it >= 500 || it === 408,
    guard: noneOr(),
    words: anyOf([
      /connection error|econn|enotfound|etimedout|eai_again|und_err/,
      /fetch failed|network error|socket|terminated|premature close/,
      /request timeout|timed out|due to timeout|\bcertificate\b|overloaded/,
      /empty response|stream ended|non-sse|could not parse/,
      /(?:unterminated|unexpected)\b.{0,40}\bjson/,
      /error when talking to api/, // 0.1.4, of an empty stream
    ]),
  },
];

function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map((it) => it.source).join("|"), "i");
}

/** Of a longer text both ends are judged, characters. */
const LONGEST_TEXT = 16 * 1024;

/**
 * Decides what `error` means; `undefined` if no rule knows it, or only rules
 * for `except`.
 */
export function ruleFor(
  { status, code, message }: ApiError,
  except?: VerdictKind,
): VerdictKind | undefined {
  const text = bothEnds(`${code} ${message}`.trim());
  return RULES.find(({ kind, statuses, words, guard }) =>
    kind !== except &&
    ((words?.test(text) && (guard?.(status) ?? true)) ||
      (status !== undefined && statuses?.(status)))
  )?.kind;
}

function bothEnds(text: string): string {
  if (text.length <= 2 * LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT)}\n${text.slice(-LONGEST_TEXT)}`;
}
