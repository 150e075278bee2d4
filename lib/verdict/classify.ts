import { type ApiError, judgedText } from "./api_error.ts";
import { redact } from "./redact.ts";
import { KIND, policyOf, type VerdictKind } from "./policy.ts";
import { resetOf } from "./reset_of.ts";
import { ruleFor, type Ruling } from "./rules.ts";
import { CROWDED } from "./rule_words.ts";
import { customPatterns, findQuotaSignal } from "./signal.ts";
import {
  findRuledLine,
  findUserRule,
  type MatchedRule,
  type RuleOptions,
} from "./user_rules.ts";

/** How a run or a request ended, and why. */
export interface Verdict {
  /** What the error means. */
  kind: VerdictKind;
  /** The text that led to the verdict, one line without secrets. */
  evidence: string;
  /**
   * `account` if a `client` refusal concerns what this account requests: an
   * account with another model or address may succeed.
   */
  scope?: "account" | undefined;
  /**
   * The model that the limit or refusal applies to, unless it applies to the
   * whole account.
   */
  model?: string | undefined;
  /** When to retry, as the service says, epoch milliseconds. */
  retryAt?: number | undefined;
  /**
   * Whether too many requests were under way at the same time, so that fewer
   * would succeed.
   *
   * @default false
   */
  isCrowded?: true | undefined;
  /** The number of the user's rule that decided. @default a built-in rule did */
  rule?: number | undefined;
  /** How long that rule lets the account rest, milliseconds. */
  restMs?: number | undefined;
}

/** Options of `classify` and `classifyError`. */
export interface ClassifyOptions extends RuleOptions {
  /** The current time, for hints such as "in 20 s", epoch milliseconds. */
  now?: number | undefined;
  /**
   * Patterns that mean "out of quota". They replace the built-in quota rules
   * and {@linkcode DEFAULT_QUOTA_PATTERNS}. Letters match in either case,
   * numbers as whole words.
   *
   * @default DEFAULT_QUOTA_PATTERNS
   */
  quotaPatterns?: readonly string[] | undefined;
  /**
   * When a day begins at a service without a clock, milliseconds after 00:00
   * UTC. In a captured reply a daily quota resets at 00:00 UTC.
   *
   * @default 0
   */
  dayBeginsMs?: number | undefined;
}

/** What decides about an error. */
export type Decision =
  /** A rule of the user. */
  | { by: "user" } & MatchedRule
  /** The user's patterns for "out of quota", or a built-in rule. */
  | { by: "patterns" | "built-in" } & Ruling;

/** Finds what decides about `error`; `undefined` if nothing does. */
export function findDecision(
  error: ApiError,
  options: ClassifyOptions = {},
): Decision | undefined {
  const matched = findUserRule(error, options);
  if (matched) return { by: "user", ...matched };
  const { service } = options;
  const quotaPatterns = customPatterns(options.quotaPatterns);
  const { status, code, message } = error;
  const text = `${status ?? ""} ${code} ${message}`.trim();
  if (quotaPatterns && findQuotaSignal([text], quotaPatterns)) {
    return { by: "patterns", name: "quota_patterns", kind: KIND.quota };
  }
  const except = quotaPatterns && KIND.quota;
  const ruling = ruleFor(error, { service, except });
  return ruling && { by: "built-in", ...ruling };
}

/**
 * Decides what an error means; `undefined` if its kind is unknown. For an HTTP
 * reply this is the whole verdict. The rules of the user come first.
 */
export function classifyError(
  error: ApiError,
  options: ClassifyOptions = {},
): Verdict | undefined {
  const { now = Date.now() } = options;
  const decision = findDecision(error, options);
  if (!decision) return undefined;
  const { status, message } = error;
  const evidence = redact(`${status ?? ""} ${message}`);
  if (decision.by === "user") {
    const { rule: { verdict: kind } } = decision;
    const model = error.model ?? modelOf(error, { kind });
    const retryAt = resetOf(error, kind, { ...options, now });
    return verdictBy(decision, { evidence, model, now, retryAt });
  }
  const { kind, scope } = decision;
  const model = modelOf(error, decision);
  const retryAt = resetOf(error, kind, { ...options, now });
  return {
    kind,
    evidence,
    ...(scope ? { scope } : {}),
    ...(model === undefined ? {} : { model }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(kind === KIND.throttle && CROWDED.test(judgedText(error))
      ? { isCrowded: true }
      : {}),
  };
}

/**
 * Judges `lines`, what a failed program printed besides its answer, by the rules
 * of the user that have words; `undefined` if none matches.
 */
export function judgeByRules(
  lines: readonly string[],
  options: ClassifyOptions,
): Verdict | undefined {
  const error = findRuledLine(lines, options);
  return error && classifyError(error, options);
}

/**
 * Judges `lines`, which may have any form, by the user's own patterns, the last
 * line first; `undefined` if none matches, or there are no such patterns.
 */
export function judgeByPatterns(
  lines: readonly string[],
  { quotaPatterns }: Pick<ClassifyOptions, "quotaPatterns">,
): Verdict | undefined {
  const own = customPatterns(quotaPatterns);
  const line = own && findQuotaSignal(lines.toReversed(), own);
  return line === undefined
    ? undefined
    : { kind: KIND.quota, evidence: redact(line) };
}

/**
 * Returns the first of `verdicts` about one run, with the reset that another of
 * the same kind names if it names none.
 */
export function firstOf(verdicts: readonly Verdict[]): Verdict | undefined {
  const [first] = verdicts;
  const retryAt = verdicts.find((it) => it.kind === first?.kind && it.retryAt)
    ?.retryAt;
  return first && retryAt !== undefined && first.retryAt === undefined
    ? { ...first, retryAt }
    : first;
}

/** Returns the verdict of the user's rule about an error that says `told`. */
function verdictBy(
  { rule, number }: MatchedRule,
  { now, ...told }: Pick<Verdict, "evidence" | "model" | "retryAt"> & {
    now: number;
  },
): Verdict {
  const { verdict: kind, cooldownMs, scope } = rule;
  const { model } = told;
  const retryAt = cooldownMs === undefined ? told.retryAt : now + cooldownMs;
  return {
    kind,
    evidence: `rule ${number}: ${told.evidence}`,
    rule: number,
    ...(kind === KIND.client && scope === "account" ? { scope } : {}),
    ...(scope === "model" && model !== undefined ? { model } : {}),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(cooldownMs === undefined ? {} : { restMs: cooldownMs }),
  };
}

/**
 * Returns the model that a limit applies to, if the error names it or says "the
 * model". A limit of money applies to all models.
 */
function modelOf(
  { code, message, model, details = [] }: ApiError,
  { kind, isMoney, isOfModel }: Pick<
    Ruling,
    "kind" | "isMoney" | "isOfModel"
  >,
): string | undefined {
  if (isOfModel) return model;
  if (isMoney || !policyOf({ kind }).limit) return undefined;
  const named = details.find(([name]) => name === "model")?.[1] ??
    NAMED_MODEL.exec(message)?.[1];
  const isNamed = model !== undefined && model.length > 2 &&
    message.toLowerCase().includes(model.toLowerCase());
  if (
    isNamed || named !== undefined || LIMITS_MODEL.test(`${code} ${message}`)
  ) {
    return model ?? named;
  }
  return undefined;
}

/** The name of a model, which contains a digit, a slash or a hyphen. */
const NAMED_MODEL =
  /\bmodel[ :=`"']{1,3}(?=[\w./:-]*[\d/-])([A-Za-z][\w./:-]*[\w])/;

/** Words for a limit on the requested model without its name. */
const LIMITS_MODEL =
  /FreeTierOnly|(?:tier|quota|limit|capacity) (?:of|for|on|specific to) (?:the|this) model|(?:use|using|try|trying|pick|choose|consider|switch to) (?:an?|some )?(?:other|different) models?\b|(?:该|此|本|當前|当前)模型|(?:其他|其它|別的|别的)模型/i;
