/**
 * Cleans keys and addresses that people paste together with the text around them
 * in a file, a shell or a manual, and recognizes the placeholders of examples.
 *
 * @module
 */

import { problemOfBaseUrl, problemOfKey, withoutOwnPath } from "./api_key.ts";
import type { KeyFormat } from "./formats.ts";

/** What was pasted, without the text around it. */
interface Cleaned {
  /** The key or the address. */
  text: string;
  /** What was removed, in words, such as `"quotes"`. */
  removed: string[];
}

type Rule = readonly [what: string, pattern: RegExp];

const QUOTES = "[\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb]";

/** Spaces and invisible characters. */
const BLANK = "[\\s\u00a0\u200b-\u200d\u2060\ufeff]";

const OF_BOTH: readonly Rule[] = [
  ["", new RegExp(`^${BLANK}+|${BLANK}+$`, "g")],
  ["quotes", new RegExp(`^${QUOTES}+|${QUOTES}+[,;]*$`, "g")],
  ["a variable's name", /^(?:export|set|setx|env)\s+(?=\w+[=\s])/i],
];

const OF_KEYS: readonly Rule[] = [
  ...OF_BOTH,
  ["a comma or a semicolon", /[,;]+$/],
  ["a header's name", /^(?:-H|--header)\s+/],
  ["a header's name", /^authorization\s*:\s*/i],
  ['"Bearer"', /^bearer\s+/i],
  [
    "a variable's name",
    /^\$?(?:env:)?[\w-]*(?:key|token|secret)["']?(?:\s*[:=]+>?\s*|\s+)(?=\S)/i,
  ],
];

const OF_URLS: readonly Rule[] = [
  ...OF_BOTH,
  [
    "a variable's name",
    /^\$?(?:env:)?[\w-]*(?:url|base|endpoint|host)["']?\s*[:=]+\s*(?=["'h])/i,
  ],
  [
    "the path of a request",
    /\/+(?:chat\/+completions|completions|responses|models|embeddings|v1\/+messages)\/*$/i,
  ],
  ["a slash at the end", /\/+$/],
];

/** Returns a key without what was pasted with it. */
export function cleanKey(text: string): Cleaned {
  return clean(text, OF_KEYS);
}

/**
 * Returns a base URL without what was pasted with it, and without the path that
 * the agent adds itself.
 */
export function cleanBaseUrl(
  text: string,
  keys: Pick<KeyFormat, "ownPath"> = {},
): Cleaned {
  const cleaned = clean(text, OF_URLS);
  const without = withoutOwnPath(cleaned.text, keys);
  if (without === cleaned.text) return cleaned;
  const what = `"${keys.ownPath}", which every request adds,`;
  return { text: without, removed: [...cleaned.removed, what] };
}

function clean(text: string, rules: readonly Rule[]): Cleaned {
  const removed = new Set<string>();
  let before: string | undefined;
  while (before !== text) {
    before = text;
    for (const [what, pattern] of rules) {
      const without = text.replace(pattern, "");
      if (without !== text && what !== "") removed.add(what);
      text = without;
    }
  }
  return { text, removed: [...removed] };
}

/** Describes what was removed from a key and its address, one line for each. */
export function describeCleaned(
  of: Readonly<Partial<Record<"the key" | "the base URL", Cleaned>>>,
): string[] {
  return Object.entries(of).filter(([, it]) => it.removed.length > 0)
    .map(([name, { removed, text }]) => {
      const result = name === "the base URL" ? `: ${text}` : "";
      return `removed ${listOf(removed)} from ${name}${result}`;
    });
}

function listOf(removed: readonly string[]): string {
  return removed.length === 1
    ? `${removed[0]}`
    : `${removed.slice(0, -1).join(", ")} and ${removed.at(-1)}`;
}

/** Returns why cleaned `text` cannot be an API key; completes "it ...". */
export function problemOfGivenKey(text: string): string | undefined {
  const { text: key } = cleanKey(text);
  if (isUrl(key)) return "is a URL, not a key";
  if (PLACEHOLDERS.some((it) => it.test(key)) || isOneLetter(key)) {
    return "is a placeholder, not a key";
  }
  return problemOfKey(key);
}

/** Returns why cleaned `text` cannot be a base URL; completes "it ...". */
export function problemOfGivenUrl(text: string): string | undefined {
  return problemOfBaseUrl(cleanBaseUrl(text).text);
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ||
    /^(?:www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}\/)/i.test(text);
}

/**
 * What examples have in place of a key. Words such as `none` or `dummy` are not
 * listed, because servers on one's own machine accept them as keys.
 */
const PLACEHOLDERS: readonly RegExp[] = [
  /^<.*>$|^\[.*\]$|^\{.*\}$|^%\w+%$|^__\w+__$/,
  /^\$(?:\w+$|[{(])/, // $NAME, ${NAME}, $(command)
  /\.\.\.|\u2026|\*{3}/, // shortened or masked
  /(?:^|[-_. ])(?:your|placeholder)(?:[-_. ]|$)/i,
  /^(?:sk-)?your(?:own|personal)?(?:[a-z]{1,12})?(?:api)?(?:key|token|secret)(?:here)?$/i,
  /[-_ ]here$/i,
  /^(?:sk[-_])?(?:change|replace|insert|enter|paste|put|fill|add)[-_ ](?:me|it|this|with|in|the|my|api|key|token)(?![a-z])/i,
  /^(?:sk[-_])?(?:changeme|changethis|replaceme|fillme|insertkey|todo|tbd|fixme|xxx)$/i,
  /^(?:null|undefined)$/i, // what a script prints that has found none
  /^(?:[a-z]+[-_])*(?:api[-_]?key|access[-_]?token|secret[-_]?key)[:=]?$/i,
  /^(?:sk-?|bearer)$/i,
];

/** `sk-xxxx-xxxx`, `********`, `000000`. */
function isOneLetter(text: string): boolean {
  const letters = text.replace(/^(?:[a-z]{2,4}-)+/i, "").replace(/[-_]/g, "");
  return letters.length >= 3 && new Set(letters.toLowerCase()).size === 1;
}
