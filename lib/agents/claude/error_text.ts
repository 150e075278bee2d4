import {
  type ApiError,
  type ErrorSource,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { recordOf } from "../../json.ts";
import { type Details, textOf } from "../../verdict/error_body.ts";

/**
 * The codes that the agent gives its errors, in words of the rules. Others stay
 * as they are.
 */
const CODES: Readonly<Record<string, string>> = {
  account_on_hold: "unauthorized",
  api_key_auth_disabled: "unauthorized",
  authentication_failed: "unauthorized",
  billing_error: "insufficient_balance",
  connection_failed: "network error",
  max_output_tokens: "invalid_request",
  model_requires_usage_credits: "usage_limit_reached",
  oauth_org_not_allowed: "unauthorized",
  org_disabled_credential: "unauthorized",
  server_error: "internal_error",
  unknown: "",
  verification_required: "unauthorized",
};

/** Returns the code of an error, in words of the rules. */
export function codeOf(...codes: string[]): string {
  const known = codes.map((it) => CODES[it] ?? it).filter((it) => it !== "");
  return [...new Set(known)].join(" ");
}

/** An error in known words, and what they mean. */
interface Form {
  /** Matches the whole text; the group `message` is its message. */
  words: RegExp;
  /** The status that means the same. @default the group `status`, or none */
  status?: number;
  /** Its code in words of the rules. @default none */
  code?: string;
}

/** What a plan has no more of, or never had. */
const LIMIT = "usage_limit_reached";

/** A login that only a new one can replace. */
const ENDED = "invalid_grant";

/** Adds the rest of a text to the pattern of its beginning. */
function beginning(words: RegExp): RegExp {
  return new RegExp(`^(?:${words.source})[^]*$`, words.flags);
}

/** The words in which 1.0.128 to 2.1.332 say how a run failed. */
const FORMS: readonly Form[] = [
  // Limits of a plan, 2.0.77 and 2.1.332.
  {
    code: LIMIT,
    words: beginning(
      /You've (?:hit|reached) your |You're out of (?:extra usage|usage credits)|Your org is out of usage|Your seat type doesn't include |Your usage allocation has been disabled|Your group's usage limit is |This service is disabled for your org|[A-Z][a-z]+ [^·\n]{0,50}?requires usage credits/,
    ),
  },
  // The same, 1.0.128 and before.
  {
    code: LIMIT,
    words: beginning(
      /(?:(?!Rate )(?:5-hour|[A-Z][a-z]+)(?: weekly)? limit reached|Spending cap reached|spend limit reached|Claude AI usage limit reached)/,
    ),
  },
  {
    code: LIMIT,
    words: beginning(/API Error: Usage credits ran out /),
  },
  // The same with a key, with which the agent does not read when it resets.
  {
    status: 429,
    code: LIMIT,
    words:
      /^API Error: (?:Request rejected \(429\) · |429 \{[^]*)(?<message>This request would exceed your account's rate limit[^"]*)[^]*$/,
  },
  {
    status: 429,
    words:
      /^API Error: (?:Request rejected \(429\)|Server is temporarily limiting requests \(not your usage limit\))(?: · (?<message>[^]*))?$/,
  },
  { code: "insufficient_balance", words: beginning(/Credit balance is /) },
  // Logins and keys.
  {
    status: 401,
    code: ENDED,
    words: beginning(
      /(?:Failed to authenticate: )?(?:OAuth session expired|OAuth token revoked|this login reached its time limit|your claude\.ai login expired|Login (?:expired|reached its time limit))|API Error: 403 OAuth token (?:has been )?revoked/i,
    ),
  },
  {
    code: "unauthorized",
    words: beginning(
      /Not logged in|Authentication required|Authentication error|Invalid (?:API key|auth token)|Your organization has disabled |Your account does not have access to /,
    ),
  },
  {
    status: 401,
    code: "unauthorized",
    words: beginning(
      /Your ANTHROPIC_API_KEY belongs to a disabled |API Error: 400 (?:\{.*)?This organization has been disabled/,
    ),
  },
  {
    words:
      /^(?:Failed to authenticate\.|Please run \/login ·) API Error: (?<status>\d{3})\b ?(?<message>[^]*)$/,
  },
  // The service and the connection.
  {
    code: "overloaded",
    words: beginning(
      /(?:Opus|Fable|Sonnet|Haiku) is experiencing high load|API Error: Repeated 529 /,
    ),
  },
  {
    code: "internal_error",
    words: beginning(
      /Failed to refresh OAuth token: another |API Error: API returned an empty or malformed response|Request timed out/,
    ),
  },
  // The request.
  {
    status: 404,
    words: beginning(/There's an issue with the selected model /),
  },
  {
    code: "invalid_request",
    words: beginning(/Prompt is too long|Request too large|PDF too large/),
  },
  {
    words: /^API Error: (?<status>\d{3})\b ?(?<message>[^]*)$/,
  },
  { words: /^API Error: (?<message>[^]+)$/ },
];

/**
 * Parses an error as the agent prints it on stdout, and as it writes it in place
 * of an answer; `undefined` if `text` is in none of its words.
 */
export function parseErrorText(
  text: string,
  source: ErrorSource,
): ApiError | undefined {
  const line = text.trim();
  for (const { words, status, code = "" } of FORMS) {
    const found = words.exec(line);
    if (!found) continue;
    const { message = line, status: said } = found.groups ?? {};
    const number = status ?? (said === undefined ? undefined : Number(said));
    return { source, ...readMessage(message, number), ...(code && { code }) };
  }
  return undefined;
}

/** Reads a message that may be the body of a reply, or end with a time. */
function readMessage(
  message: string,
  status: number | undefined,
): Omit<ApiError, "source"> {
  if (message.startsWith("{")) {
    const { code, details = [], ...said } = parseErrorReply(status, message);
    return { status, code, message: said.message, details };
  }
  const [, limit, epoch] = /^([^|]+)\|(\d{10})$/.exec(message) ?? [];
  return epoch === undefined
    ? { status, code: "", message: withZone(withoutAdvice(message)) }
    : {
      status,
      code: "",
      message: limit ?? "",
      details: [["resetsat", epoch]],
    };
}

/** What follows an error of the service or the connection (2.1.332). */
const ADVICE =
  / (?:This is a server-side issue, usually temporary|This may be a temporary capacity issue|If it persists, check |Check the gateway set in )[^]*$/;

function withoutAdvice(message: string): string {
  return message.replace(ADVICE, "");
}

/** Up to 1.0.128, a time has no zone: it is that of this machine. */
function withZone(message: string): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return message.replace(
    /\bresets (?:[A-Z][a-z]{2} \d{1,2}, )?\d{1,2}(?::\d\d)?[ap]m$/,
    `$& (${timeZone})`,
  );
}

/** Returns the error in `text`, completed with what else the agent says about it. */
export function withFacts(
  text: string,
  { source, status, code, details }: Pick<
    ApiError,
    "source" | "status" | "code" | "details"
  >,
): ApiError {
  const said = parseErrorText(text, source) ??
    { source, status, code: "", message: text };
  const all = [...said.details ?? [], ...details ?? []];
  return {
    source,
    status: said.status ?? status,
    code: codeOf(...said.code.split(" "), ...code.split(" ")),
    message: said.message,
    ...(all.length > 0 && { details: all }),
  };
}

/**
 * Returns when a limit resets that the agent reports beside an error, as
 * `quotaLimits` or `rate_limit_info` (2.1.332); `undefined` if it names none. Its
 * status alone says nothing: it is `rejected` after any refusal, and while a plan
 * is used beyond its limit.
 */
export function limitOf(limit: unknown): Details | undefined {
  const { rateLimitType, resetsAt, status } = recordOf(limit);
  const at = textOf(resetsAt);
  return status === "rejected" && textOf(rateLimitType) !== "" && at !== ""
    ? [["resetsat", at]]
    : undefined;
}
