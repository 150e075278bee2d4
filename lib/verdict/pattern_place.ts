/**
 * Decides whether a message reports a pattern of words or a number, or merely
 * contains it. See `last_words.ts` for the rules.
 *
 * @module
 */

/**
 * Whether `message` reports one of `patterns`. A number may follow the name of
 * one of `senders`, programs and services that report a status.
 */
export function findPattern(
  message: string,
  patterns: readonly string[],
  { senders = [] }: { senders?: readonly string[] | undefined } = {},
): boolean {
  const { hint, compiled } = compile(patterns);
  const line = message.slice(0, LONGEST_LINE);
  if (!hint.test(line)) return false;
  const judged = withoutIrrelevant(line);
  return compiled.some(([it, pattern]) =>
    [...judged.matchAll(pattern)].some(({ 0: found, index }) => {
      const before = judged.slice(0, index);
      const after = judged.slice(index + found.length);
      if (TALK_BEFORE.test(before) || TALK_AFTER.test(after)) return false;
      return isNumber(it)
        ? isStatus(before, { after, senders })
        : isReported(before, found, after);
    })
  );
}

/** Patterns that are ready to be searched for. */
interface Compiled {
  /** Found in every message that contains one of them. */
  hint: RegExp;
  /** Each with its expression. */
  compiled: readonly (readonly [string, RegExp])[];
}

/** An output has thousands of lines, and the patterns are the same for each. */
const known = new WeakMap<readonly string[], Compiled>();

function compile(patterns: readonly string[]): Compiled {
  const found = known.get(patterns);
  if (found) return found;
  const made = {
    hint: new RegExp(patterns.map(hintOf).join("|"), "i"),
    compiled: patterns.map((it) =>
      [it, new RegExp(sourceOf(it), "gi")] as const
    ),
  };
  known.set(patterns, made);
  return made;
}

/**
 * Returns the longest part of a pattern that the message itself contains, if it
 * does so without its irrelevant parts: nothing is left out inside such a part.
 */
function hintOf(pattern: string): string {
  const parts = pattern.match(/[a-z\d]+|[^\0-\x7f]+/gi) ?? [""];
  return parts.reduce((a, b) => b.length > a.length ? b : a);
}

/** Longer messages are cut, characters. */
const LONGEST_LINE = 4_096;

function isNumber(pattern: string): boolean {
  return /^\d+$/.test(pattern);
}

/**
 * Returns the regular expression of a pattern. Its words may be joined, as in
 * `RateLimit`.
 */
function sourceOf(pattern: string): string {
  if (isNumber(pattern)) {
    return `(?:(?<![\\w.])|(?<=\\bHTTP)|(?<=\\bcode E))${pattern}(?!\\w)`;
  }
  return pattern.split(/[-_ ]+/).map((it) => RegExp.escape(it))
    .join("[-_ ]?");
}

/** Parts of a message in which a pattern means nothing. */
const IRRELEVANT = new RegExp(
  [
    /\w+:\/\/\S+/, // an address
    /(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]{2,45}\]):\d+/, // a port
    /(?<![\w.])(?:[A-Za-z]:)?[.~]{0,2}[/\\][^\s:]+(?: [\w-]+)*\.\w{1,5}\b/, // a file
    /(?<![\w.])(?:[A-Za-z]:)?[.~]{0,2}[/\\]\S*/, // a path
    /\b[\w@.-]+(?:[/\\][\w@. -]*?)+\.\w{1,5}\b(?::\d+)*/, // a relative path
    /\b[\w@-]+(?:[/\\][\w@.-]+)+/,
    /[\w-]+\.(?:[a-z]{1,4}|[a-z]+\d)\b(?::\d+)*(?=[\s:,;)\]'"]|$)/, // a file name
    /\([^()\s]*:\d+(?::\d+)?\)/, // a place in a file
    /(?<!\S)--?[a-z][\w-]*(?:=\S+)?/, // an option
    /[\da-f]{8}-[\da-f-]{20,}|\b(?=[\da-f]*[a-f])[\da-f]{7,}\b/, // a UUID or a hash
    /(?<!(?:^|[:=]|\b(?:error|status|message|reason|code|returned|response))\s*)(?<!\w)(["'`])(?:(?!\1).){1,400}\1(?!\w|\s*:)/, // a quotation
  ].map((it) => it.source).join("|"),
  "gi",
);

/** The modules before the name of an error. */
const DOTTED_ERROR = /\b(?:[a-z_]\w*\.)+(?=[A-Z]\w*(?:Error|Exception)\b)/g;

function withoutIrrelevant(message: string): string {
  return message.replace(DOTTED_ERROR, "").replace(IRRELEVANT, " ");
}

/** Words before a value that a test expected, not one that it got. */
const EXPECTED =
  /\b(?:expected|expects|want(?:ed)?)\b:?(?! \d)(?: [a-z]+){0,3}:? ?$|\b(?:expected|want(?:ed)?):? ?$|\bto (?:deep(?:ly)? |strictly )?(?:be|equal|eq|match|have|return|contain)(?: [a-z]+)? ?$|[!=]==? ?$/;

/** Shell tools whose messages are about files or processes. */
const SHELL_TOOL =
  /^(?:\S*\/)?(?:cat|ls|cp|mv|rm|rmdir|mkdir|touch|head|tail|cd|find|stat|chmod|chown|ln|tar|sed|awk|sort|wc|less|more|file|du|df|kill|zip|unzip|gzip|make|source|tee|xargs|useradd|usermod|passwd|su|id|git): /;

/** Words before the pattern that show that the account is not meant. */
const TALK_BEFORE = new RegExp(
  `\\b(?:${
    [
      /document\w*|docs?|readme|explain\w*|describ\w*|prompts?|summar\w*/,
      /unknown (?:arguments?|options?|flags?|commands?)|unrecognized|positional/,
      /tools?|mcp|plugins?|disks?|filesystem|mailbox|inodes?/,
      /tests?|specs?|assert\w*|suite|describe|passed/,
      /commits?|diff|merge|patch|branch|todo|fixme/,
      /packages?|pkg|crates?|install\w*|settings?|config\w*|options?|middleware|function|method|class|modules?/,
      /variables?|parameters?|arguments?|propert(?:y|ies)|schema|table|column/,
      /saw|mentions?|mentioned|about|how to|why|examples?|section|chapter/,
      /article|grep|search(?:ed|ing)?|compil\w+|lint\w*|typecheck|no|without/,
      /undefined reference|(?:key|name|attribute|import|modulenotfound|reference|syntax|type|index|lookup|assertion|validation)error/,
      /checks?|checking|reading|parsing|loading|handl\w+|implement\w*/,
    ].map((it) => it.source).join("|")
  })\\b|\\[API Error: |^log:|${EXPECTED.source}|${SHELL_TOOL.source}`,
  "i",
);

/** A message of the system about a file, or of a test about a result. */
const ABOUT_A_FILE =
  /^["'`]?[:,]? (?:\[errno \d+\] )?(?:no such file|file (?:exists|not found|name too long)|(?:is )?(?:not )?a (?:regular )?(?:directory|file)\b|directory not empty|(?:but |was |were )?(?:expected|want(?:ed)?)\b)/;

/**
 * Words after the pattern that make it part of something else, as in `rate
 * limit settings`.
 */
const TALK_AFTER = new RegExp(
  `^(?:\\s+(?:is|are|was|has been|policy))?\\s+(?:${
    [
      /document\w*|docs?|describ\w*|explain\w*|settings?|config\w*|options?/,
      /headers?|handl\w+|logic|tests?|checks?|support|feature|middleware/,
      /modules?|parameters?|variables?|values?|tables?|columns?|fields?/,
      /must|should|needs?|requires?|set|enabled|disabled|unchanged|not|ok|fine|remaining:? [1-9]/,
    ].map((it) => it.source).join("|")
  })\\b|^[^;.]{0,30}\\bremaining:? [1-9]|${ABOUT_A_FILE.source}`,
  "i",
);

/** Parts of a name that only the name of an error has. */
const PARTS_OF_ERROR_NAMES = new Set(
  ("error err errors exception exceeded exceed reached hit exhausted api code " +
    "type llm openai request requests user account token tokens daily free http " +
    "status too many e warning failed failure your the current is was been has " +
    "for on of per limit quota usage rate limited d ed s")
    .split(" "),
);

/** Words that make the pattern the name of a setting or a command. */
const NAMED_BEFORE =
  /\b(?:invalid|unknown|missing|unexpected|bad|duplicate|unsupported)\s(?:\w+\s)?["'`]?$/i;
const NAMED_AFTER = /^(?:\s?=\s?\S|:? (?:command )?not found)/;

/** Whether the found words stand alone or in the name of an error. */
function isReported(before: string, found: string, after: string): boolean {
  const [head = ""] = /[\w-]*$/.exec(before) ?? [];
  const [tail = ""] = /^[\w-]*/.exec(after) ?? [];
  if (NAMED_BEFORE.test(before) || NAMED_AFTER.test(after)) return false;
  if (/[/\\.]$/.test(before) || /^(?:\.\w|[/\\(@])/.test(after)) return false;
  if (head + tail === "") return true;
  // Inside a longer lower-case word, `RateLimit` is another word.
  const others = `${head} ${tail}`.replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[-_\s]+/).filter((it) => it !== "");
  const isJoined = /[a-z]$/i.test(head) && /^[a-z]/.test(found);
  return !isJoined &&
    others.every((it) => PARTS_OF_ERROR_NAMES.has(it.toLowerCase()));
}

/** Words and signs before a number that is a position, a measure or a count. */
const MEASURED_BEFORE =
  /(?:\b(?:ok|lines?|col(?:umn)?|ports?|pid|process|thread|worker|issues?|ticket|pr|pull|bug|page|row|chapter|section|version|position|offset|bytes?|step|build|job|task|attempt|iteration|epoch|ids?|no\.?|number|nr|size|length|count|total|took|after|in|within|for|of|about|around|only|exactly|uid|gid|mode|room|item|record|index|level|exit(?:ed)?(?: with)?(?: code| status)?|signal|max|min|limit|segment|frame|score|value|node|chunk|packet|slot|shard|batch|seed|idx|rank|width|height|weight|depth|sh|slept|waited|elapsed|sha|revision|rev|at)[:=]?\s*|[#$€£~@+]\s?|(?<![-=])[<>]\s?|::|["']\s?:\s?|\b[a-z_]\w*\s?=\s?|[\w)\]][-/:.,]|\w[[(]|^[:/]|\s[:/-]|\d[,.\s])$/i;

/** Words and signs after such a number. */
const MEASURED_AFTER =
  /^(?:\s?(?:ms|[smhd]|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?|bytes?|[kmgt]i?b|px|pt|%|percent|times?|tests?|passed|failed|skipped|ok|files?|lines?|items?|rows?|columns?|records?|entries|entry|tokens?|words?|characters?|chars?|warnings?|problems?|issues?|commits?|insertions?|deletions?|changes?|changed|packages?|modules?|dependencies|objects?|users?|requests|calls|results?|matches|hits|steps?|points?|of|out|more|left|remaining|pages|jobs|workers|threads|nodes|errors)\b|\s(?:[a-z]+ )?(?!access|status|always|is|was|has|this|as|does)[a-z]+s\b|[:/]\d|[-/]\w|[.,]\d|:\d|%|:? (?:command )?not found)/i;

/**
 * A number after any other word is a name, as in `account 429` and `refspec
 * 403`. The listed words may precede a status.
 */
const NAMED_BY_NUMBER =
  /\b(?!(?:an?|the|with|by|as|is|was|from|to|said|says|gave|gives|sent|sends|threw|throws|saw|see|hit|via|then|and|or|api|https?|server|upstream|provider|client|gateway|proxy|backend|service|failed|failure|failing|failures|errors?|err|status(?:es)?|codes?|rejected|refused|denied|limited|throttled|throws|because|due|again|still|now|just|unexpected|persistent|repeated|fatal|critical|warn(?:ing)?|info|post|get|put|patch|delete|head|retryable|retrying|non-ok|bad|\w*(?:error|exception)|got|received|returned|returns|returning|responded|responds|answered|replied|replies|response|reply|result|requests|forbidden|unauthorized|blocked|exceeded|exhausted|quota|limit) )(?<!\bfrom )[a-z][\w-]* $/i;

/** Words before a number that make it a status in any case. */
const STATUS_BEFORE =
  /(?:\b(?:\w*(?:error|exception)|status|statuscode|http|code|error|response|returned|got|received|answered|replied|err)(?:[-_ ]?(?:code|status))?["']?(?:\s(?:of|is|was)\s|\s?[:=(]\s?["'(]?|\s|["'(]))$/i;

/** Whether a number is an HTTP status. */
function isStatus(
  before: string,
  { after, senders }: { after: string; senders: readonly string[] },
): boolean {
  if (/^(?:[:/]\d|[-/]\w|[.,]\d)/.test(after)) return false;
  const isNamed = STATUS_BEFORE.test(before) &&
    !/\bexit(?:ed)?\b[^.]{0,20}$/i.test(before);
  const isCalled = /^[\])]?[:,]?\s+(?:too many\b|forbidden)/i.test(after);
  if (isNamed || isCalled) return true;
  return !MEASURED_BEFORE.test(before) && !MEASURED_AFTER.test(after) &&
    !(NAMED_BY_NUMBER.test(before) && !isSender(before, senders));
}

function isSender(before: string, senders: readonly string[]): boolean {
  const [, word = ""] = /([a-z][\w-]*) $/i.exec(before) ?? [];
  return senders.includes(word.toLowerCase());
}
