/**
 * Checks that no text has a phrase that reads as if translated: the documents,
 * the expected screens of the tests, the comments of the code, the string
 * literals of `lib/` and `scripts/`, and the names of tests. Prints each phrase
 * as `file:line: message`; the exit code is 1 if there is one.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";
import { blankComments } from "./read_imports.ts";

/** A phrase, and what a native speaker would write. */
interface Phrase {
  pattern: RegExp;
  better: string;
}

const PHRASES: readonly Phrase[] = [
  { pattern: /\bpass(es|ed|ing)? by\b/i, better: "skip" },
  { pattern: /\bof no proven\b/i, better: "whose owner is not known" },
  { pattern: /\bgo(es)? before\b/i, better: "override" },
  { pattern: /\bso long at most\b/i, better: "at most" },
  {
    pattern: /\b(bring(s|ing)?|brought)( \w+){0,2} home\b/i,
    better: "copy back",
  },
  { pattern: /\bsays? else\b/i, better: "differ, or say otherwise" },
  { pattern: /\bis too much\b/i, better: 'unexpected argument "..."' },
  { pattern: /\b(take|takes|taken|took) in\b/i, better: "import" },
  { pattern: /\b(is|are|was|were) to be\b/i, better: "must be" },
  { pattern: /\bmend(s|ed|ing)?\b/i, better: "fix" },
  { pattern: /\bof no use\b/i, better: "unusable" },
  {
    pattern: /(?<!\b(?:there|where) )\bis no (?!longer\b|more\b)/i,
    better: "is not a",
  },
  { pattern: /\bdoes not accept \w+( \w+)? any more\b/i, better: "no longer" },
  { pattern: /\bis without an?\b/i, better: "has no" },
  { pattern: /\bwhat there is to say\b/i, better: "a summary" },
  { pattern: /\bcomes? upon\b/i, better: "find, or affect" },
  { pattern: /\bsaid of (it|them|either)\b/i, better: "name the fact" },
  { pattern: /\bbefore its own end\b/i, better: "before it expires" },
  { pattern: /\bit is none\b/i, better: "it is not one" },
  { pattern: /\bgo(es|ing)? on with\b/i, better: "continue with" },
  { pattern: /\bexcludes? each other\b/i, better: "cannot be used together" },
  { pattern: /\bwhat (lets|gives|takes)\b/i, better: "name the thing" },
  { pattern: /\b(key|login|token)s? ends?\b/i, better: "expires" },
  { pattern: /\bleads? (nowhere|to something else)\b/i, better: "broken" },
  { pattern: /\bgiven up\b/i, better: "canceled" },
  { pattern: /\bas often as needed\b/i, better: "repeatable" },
  { pattern: /\bso soon\b/i, better: "within TIME" },
  { pattern: /\bout of use\b/i, better: "removed, or disabled" },
  { pattern: /\bfor what it finds\b/i, better: "for its result" },
  { pattern: /\bbroke off\b/i, better: "stopped" },
  { pattern: /\bthe provider\b/i, better: "the service" },
];

/** Further phrases that only comments and names of tests had. */
const COMMENT_PHRASES: readonly Phrase[] = [
  { pattern: /\bwhat (\w+ ){1,3}came to\b/i, better: "how it ended" },
  { pattern: /\bthe CLI\b/, better: "the agent, if it is not our own CLI" },
  { pattern: /\bwhat there is\b/i, better: "name the thing" },
  { pattern: /\bwhat came of\b/i, better: "the result" },
  { pattern: /\bpass(es|ed|ing)? over\b/i, better: "skip" },
  { pattern: /\blest\b/i, better: "so that ... not" },
];

const STRING =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

/** A phrase that the rules forbid. */
export interface Found {
  /** The path below the root of the checkout. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** The phrase and a better one. */
  message: string;
}

/** Returns the forbidden phrases in `text`, the content of `file`. */
export function checkText(file: string, text: string): Found[] {
  if (!file.endsWith(".ts")) return findPhrases(file, text, PHRASES);
  const all = [...PHRASES, ...COMMENT_PHRASES];
  // Other strings of a test are data, such as what a service may reply.
  const inStrings = file.startsWith("tests/")
    ? findPhrases(file, keepStrings(text, isName), all)
    : findPhrases(file, keepStrings(text, isText), PHRASES);
  return [...inStrings, ...findPhrases(file, keepComments(text), all)];
}

function findPhrases(
  file: string,
  text: string,
  phrases: readonly Phrase[],
): Found[] {
  return text.split("\n").flatMap((line, at) =>
    phrases.flatMap(({ pattern, better }) => {
      const phrase = pattern.exec(line)?.[0];
      return phrase === undefined
        ? []
        : [{ file, line: at + 1, message: `"${phrase}": ${better}` }];
    })
  );
}

/**
 * Returns the forbidden phrases in everything below `root` that people read.
 */
export async function checkWords(root: string): Promise<Found[]> {
  const files = [
    "README.md",
    ...await filesBelow(root, "lib", ".ts"),
    ...await filesBelow(root, "scripts", ".ts"),
    ...await filesBelow(root, "tests", ".ts"),
    ...await filesBelow(root, "tests/testdata/help", ""),
    ...await filesBelow(root, "tests/testdata/screens", ""),
    ...await filesBelow(root, "tests/testdata/wizard", ""),
    ...await filesBelow(root, ".github", ".md"),
  ];
  const found = await Promise.all(
    files.map(async (file) =>
      checkText(file, await Deno.readTextFile(`${root}/${file}`))
    ),
  );
  return found.flat();
}

/** Decides about a string literal by the code before and after it. */
type IsKept = (before: string, after: string) => boolean;

/** Whether it is text, rather than the path of a module. */
const isText: IsKept = (before) => !/\b(?:from|import\()\s*$/.test(before);

/** Whether it names a test, or a case in a table of tests. */
const isName: IsKept = (before, after) =>
  /\b(?:\w*[tT]est(?:\.\w+)?\(\s*(?:\{\s*name:\s*)?|name:\s*)$/.test(before) ||
  /\n\s*(?:async\s+)?$/.test(before) && /^[:(]/.test(after);

/** Blanks all but the string literals to keep; every line keeps its number. */
function keepStrings(source: string, isKept: IsKept): string {
  const code = blankComments(source);
  let shown = "";
  let end = 0;
  for (const { 0: literal, index } of code.matchAll(STRING)) {
    const before = code.slice(end, index);
    end = index + literal.length;
    // What is inserted is code.
    const words = literal.replace(/\$\{[^}]*\}/g, blank);
    const isWanted = isKept(before, code.slice(end, end + 1));
    shown += blank(before) + (isWanted ? words : blank(literal));
  }
  return shown + blank(code.slice(end));
}

/** Blanks all but the comments; every line keeps its number. */
function keepComments(source: string): string {
  const code = blankComments(source);
  let shown = "";
  for (let at = 0; at < source.length; at++) {
    const isCode = source[at] === code[at] && source[at] !== "\n";
    shown += isCode ? " " : source[at];
  }
  return shown;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

if (import.meta.main) {
  const found = await checkWords(".");
  for (const { file, line, message } of found) {
    console.error(`${file}:${line}: ${message}`);
  }
  if (found.length > 0) Deno.exit(1);
}
