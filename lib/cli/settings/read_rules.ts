import { isRecord } from "../../json.ts";
import { compilePattern } from "../../verdict/linear_pattern.ts";
import { KIND, policyOf } from "../../verdict/policy.ts";
import { RULE_VERDICTS, type VerdictRule } from "../../verdict/user_rules.ts";
import { didYouMean } from "../line/nearest.ts";
import {
  type Entry,
  naming,
  problemOf,
  readDuration,
  type Readers,
  readFields,
} from "./setting_parts.ts";

const MOST_RULES = 100;

/** Longer texts are a mistake, characters. */
const LONGEST_TEXT = 500;

const RULE: Readers<VerdictRule> = {
  status: (value) => ({ status: readStatuses(value) }),
  text: (value) => ({ text: readText(value) }),
  pattern: (value) => ({ pattern: readPattern(value) }),
  service: (value) => ({ service: readService(value) }),
  verdict: (value) => ({ verdict: readWord(value, RULE_VERDICTS) }),
  cooldown: (value) =>
    value === "until-reset" ? {} : {
      cooldownMs: readDuration(value, " or until-reset"),
    },
  scope: (value) => ({ scope: readWord(value, ["account", "model"]) }),
};

/**
 * Reads the list of rules.
 *
 * @throws The error of the entry's `fail`, with the number of the rule and the
 * field.
 */
export function readRules(
  value: unknown,
  { position: { value: start, items }, fail }: Entry,
): VerdictRule[] {
  if (!Array.isArray(value)) throw fail(start, "it is not a list of rules");
  if (value.length > MOST_RULES) {
    throw fail(start, `it has more than ${MOST_RULES} rules`);
  }
  return value.map((it, at) => {
    try {
      return naming(`rule ${at + 1}`, () => readRule(it));
    } catch (error) {
      throw fail(items[at] ?? start, problemOf(error));
    }
  });
}

function readRule(value: unknown): VerdictRule {
  const rule = readFields(value, RULE);
  const { status, text, pattern, verdict, scope } = rule;
  if (verdict === undefined) throw new TypeError("it has no verdict");
  if (status === undefined && text === undefined && pattern === undefined) {
    throw new TypeError("it needs a status, a text or a pattern");
  }
  const { coolsDown, limit } = policyOf({ kind: verdict });
  const hasCooldown = isRecord(value) && "cooldown" in value;
  if (hasCooldown && !coolsDown) {
    throw new TypeError(`cooldown: there is none after ${verdict}`);
  }
  const takesScope = limit !== undefined ||
    scope === "account" && (coolsDown || verdict === KIND.client);
  if (scope !== undefined && !takesScope) {
    throw new TypeError(`scope: ${verdict} cannot be about one ${scope}`);
  }
  return { ...rule, verdict };
}

function readStatuses(value: unknown): VerdictRule["status"] {
  const all = Array.isArray(value) ? value : [value];
  if (all.length === 0) throw new TypeError("it needs a value");
  return all.map((it) => {
    const word = String(it).toLowerCase();
    if (word === "4xx" || word === "5xx") return word;
    const isError = /^[45]\d\d$/.test(word) && typeof it !== "object";
    if (isError) return Number(word);
    throw new TypeError(`${show(it)} is not 400 to 599, 4xx or 5xx`);
  });
}

function readText(value: unknown): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") {
    throw new TypeError(`${show(value)} is not text`);
  }
  if (text.trim() === "") throw new TypeError("it needs a value");
  if (text.length <= LONGEST_TEXT) return text;
  throw new TypeError(`it is longer than ${LONGEST_TEXT} characters`);
}

function readPattern(value: unknown): string {
  const pattern = readText(value);
  const compiled = compilePattern(pattern); // "it is ..."
  if (!compiled.test("")) return pattern;
  throw new TypeError("it matches every text");
}

function readService(value: unknown): string {
  const service = readText(value).toLowerCase();
  if (/^[\w-]+(?:\.[\w-]+)*$|^\[[\da-f:]+\]$/.test(service)) return service;
  throw new TypeError(
    `${show(value)} is not the name or the host of a service`,
  );
}

function readWord<const Word extends string>(
  value: unknown,
  words: readonly Word[],
): Word {
  const word = words.find((it) => it === value);
  if (word !== undefined) return word;
  const guess = typeof value === "string" ? didYouMean(value, words) : "";
  throw new TypeError(
    `${show(value)} is not one of ${words.join(", ")}${guess}`,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  return JSON.stringify(value) ?? "nothing";
}
