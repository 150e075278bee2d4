/**
 * The rules of the user, which come before the built-in ones. They are only
 * asked about errors: whatever is an answer never gets here.
 *
 * @module
 */

import type { ApiError } from "./api_error.ts";
import { compilePattern, type LinearPattern } from "./linear_pattern.ts";
import { KIND } from "./policy.ts";
import type { Service } from "./service.ts";
import { errorStatusIn, statusIn } from "./signal.ts";

/** The verdicts that a rule of the user may give. */
export const RULE_VERDICTS: readonly VerdictRule["verdict"][] = [
  KIND.quota,
  KIND.throttle,
  KIND.auth,
  KIND.login,
  KIND.client,
  KIND.transient,
];

/** What an error means, as the user says. All conditions must hold. */
export interface VerdictRule {
  /** HTTP statuses, or whole classes of them such as `4xx`. @default any */
  status?: readonly (number | "4xx" | "5xx")[] | undefined;
  /** Words anywhere in the error, in either case. @default any */
  text?: string | undefined;
  /**
   * A regular expression that matches a part of the error, in either case;
   * without references and lookaround. @default any
   */
  pattern?: string | undefined;
  /**
   * The service, such as `openrouter`, or its host; a domain stands for its
   * hosts, too. @default any
   */
  service?: string | undefined;
  /** What the error means. */
  verdict: "quota" | "throttle" | "auth" | "login" | "client" | "transient";
  /**
   * How long the account rests, milliseconds, whatever the service says and
   * however long other cooldowns may be. @default until the reset
   */
  cooldownMs?: number | undefined;
  /**
   * What is out: the account, or only the requested model of it. For `client`,
   * `account` means that another account may succeed.
   *
   * @default the account; for `client` the request
   */
  scope?: "account" | "model" | undefined;
}

/** A rule of the user that matches, and its number, counted from 1. */
export interface MatchedRule {
  /** The rule. */
  rule: VerdictRule;
  /** Its number in the list. */
  number: number;
}

/** What rules depend on besides the error. */
export interface RuleOptions {
  /** The rules; the first that matches counts. @default none */
  rules?: readonly VerdictRule[] | undefined;
  /** The service that the account belongs to. @default unknown */
  service?: Service | undefined;
  /** The host of that service, without a port. @default unknown */
  host?: string | undefined;
}

/** Returns the first rule of the user that matches `error`. */
export function findUserRule(
  error: ApiError,
  { rules = [], service, host }: RuleOptions,
): MatchedRule | undefined {
  if (rules.length === 0) return undefined;
  const text = searchedText(error);
  const at = rules.findIndex((it) =>
    isOfStatus(it, error) && isAtService(it, service?.name, host) &&
    isInText(it, text)
  );
  const rule = rules[at];
  return rule && { rule, number: at + 1 };
}

/**
 * Returns the last of `lines`, what a failed program printed besides its
 * answer, in the form of an error if a rule with words matches it.
 */
export function findRuledLine(
  lines: readonly string[],
  options: RuleOptions,
): ApiError | undefined {
  const { rules = [] } = options;
  if (rules.length === 0) return undefined;
  return lines.slice(-MOST_LINES).map((message): ApiError => ({
    source: "stderr",
    status: statusIn(message),
    code: "",
    message,
  })).findLast((it) => {
    const { rule } = findUserRule(it, options) ?? {};
    return rule?.text !== undefined || rule?.pattern !== undefined;
  });
}

/** Earlier lines of an output are not searched. */
const MOST_LINES = 100;

function isOfStatus(
  { status: wanted }: VerdictRule,
  { source, status, outerStatus, message }: ApiError,
): boolean {
  if (wanted === undefined) return true;
  // An agent may write the status into its message only.
  const said = status === undefined && source !== "http"
    ? errorStatusIn(message)
    : status;
  return [said, outerStatus].some((it) =>
    it !== undefined &&
    wanted.some((one) => one === it || one === `${Math.floor(it / 100)}xx`)
  );
}

function isAtService(
  { service }: VerdictRule,
  name: string | undefined,
  host: string | undefined,
): boolean {
  const wanted = service?.toLowerCase();
  return wanted === undefined || wanted === name || wanted === host ||
    host?.endsWith(`.${wanted}`) === true;
}

function isInText({ text, pattern }: VerdictRule, searched: string): boolean {
  return (text === undefined ||
    searched.toLowerCase().includes(text.toLowerCase())) &&
    (pattern === undefined || compiled(pattern).test(searched));
}

const COMPILED = new Map<string, LinearPattern>();

function compiled(pattern: string): LinearPattern {
  const known = COMPILED.get(pattern);
  if (known) return known;
  const made = compilePattern(pattern);
  COMPILED.set(pattern, made);
  return made;
}

/** Only both ends of a longer text are searched, characters. */
const LONGEST_TEXT = 4 * 1024;

/** Returns the code, the message and the other members, a line each. */
function searchedText({ code, message, details = [] }: ApiError): string {
  const all = [code, message, ...details.map(([, value]) => value)]
    .filter((it) => it !== "").join("\n");
  return all.length <= 2 * LONGEST_TEXT
    ? all
    : `${all.slice(0, LONGEST_TEXT)}\n${all.slice(-LONGEST_TEXT)}`;
}
