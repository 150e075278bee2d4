/**
 * Reads and writes YAML of the form in which we write `state.yaml`: mappings,
 * lists and one-line text in block style. Anything else is left to a YAML
 * library.
 *
 * It exists for speed: a YAML parser takes 2 ms to load, longer than
 * `status --short` takes to run, and twice as long to read 1,000 accounts.
 *
 * @module
 */

import { isTime } from "./state_values.ts";

/** A line: its indentation, the mark of a list item, and a name or a value. */
const LINE = /( *)(- )?(?:([a-z_][a-z_0-9]*):(?: (.+))?|(.+))\n/y;

const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

/**
 * Letters and symbols outside ASCII, except blanks, line breaks and invisible
 * characters. Classes such as `\p{L}` take a millisecond each to compile.
 */
const NON_ASCII = String
  .raw`\xa1-\xac\xae-\u1fff\u2070-\u2fff\u3001-\ufefe\uff01-\uffef`;

const COUNT = /^(?:0|[1-9]\d{0,14})$/;
const SINGLE_QUOTED = new RegExp(`^'([ -&(-~${NON_ASCII}]*)'$`);
const DOUBLE_QUOTED = new RegExp(String.raw`^"([ !#-[\]-~${NON_ASCII}]*)"$`);

/** The characters that may follow the first letter of unquoted text. */
const INNER = String.raw`\w.'$&()+/@${NON_ASCII}-`;
const UNQUOTED = new RegExp(
  `^[A-Za-z${NON_ASCII}][${INNER}]*(?: [${INNER}]+)*$`,
);

/** The unquoted words that are not text. */
const WORDS = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
]);

/** Thrown if only a YAML library can read the text. */
const NOT_PLAIN = new Error("not plain YAML");

/** Returns the document in `text`; `undefined` if a YAML parser must read it. */
export function parsePlainYaml(
  text: string,
): Record<string, unknown> | undefined {
  return ifPlain(() => {
    const lines = new Lines(text);
    const document = readMapping(lines, 0);
    return lines.indent === END ? document : undefined;
  });
}

function ifPlain<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

/** Whether `text` certainly needs no quotes in YAML. */
function needsNoQuotes(text: string): boolean {
  return UNQUOTED.test(text) && !isReserved(text);
}

/** Whether some version of YAML reads the word `text` as something else. */
function isReserved(text: string): boolean {
  return text.length <= 5 && RESERVED.test(text);
}

/** The indentation after the last line. */
const END = -1;

/** The lines of a document, one at a time. */
class Lines {
  readonly #text: string;
  #next = 0;
  /** The number of blanks before the content of the current line. */
  indent = 0;
  /** Whether the current line is an item of a list. */
  isItem = false;
  /** The name in the current line. */
  name: string | undefined;
  /** What follows the name, or the whole content if there is no name. */
  value: string | undefined;

  constructor(text: string) {
    this.#text = text;
    this.next();
  }

  next(): void {
    if (this.#next === this.#text.length) {
      this.indent = END;
      return;
    }
    LINE.lastIndex = this.#next;
    const match = LINE.exec(this.#text);
    if (!match) throw NOT_PLAIN;
    this.#next = LINE.lastIndex;
    this.indent = match[1]?.length ?? 0;
    this.isItem = match[2] !== undefined;
    this.name = match[3];
    this.value = match[4] ?? match[5];
  }
}

/** Refuses names that occur twice or that every object has (`__proto__`). */
function readMapping(lines: Lines, indent: number): Record<string, unknown> {
  const entries: Record<string, unknown> = {};
  if (lines.indent !== indent) throw NOT_PLAIN;
  while (lines.indent === indent && !lines.isItem) {
    const { name, value } = lines;
    const isNew = name !== undefined && !isReserved(name) && !(name in entries);
    if (!isNew) throw NOT_PLAIN;
    lines.next();
    entries[name] = value === undefined
      ? readNested(lines, indent + 2)
      : readScalar(value);
  }
  return entries;
}

/** Reads the mapping or the list below a name. */
function readNested(lines: Lines, indent: number): unknown {
  return lines.isItem ? readList(lines, indent) : readMapping(lines, indent);
}

function readList(lines: Lines, indent: number): unknown[] {
  const items: unknown[] = [];
  while (lines.indent === indent && lines.isItem) {
    const { name, value } = lines;
    if (name === undefined && value !== undefined) {
      items.push(readScalar(value));
      lines.next();
    } else { // a mapping begins on the line of the item
      lines.indent += "- ".length;
      lines.isItem = false;
      items.push(readMapping(lines, lines.indent));
    }
  }
  if (items.length === 0) throw NOT_PLAIN;
  return items;
}

function readScalar(text: string): unknown {
  switch (text[0]) {
    case "'":
      return quoted(SINGLE_QUOTED.exec(text));
    case '"':
      return quoted(DOUBLE_QUOTED.exec(text));
    case "{":
    case "[":
      if (text === "{}") return {};
      if (text === "[]") return [];
      throw NOT_PLAIN;
  }
  if (COUNT.test(text)) return Number(text);
  if (WORDS.has(text)) return WORDS.get(text);
  if (needsNoQuotes(text)) return text;
  throw NOT_PLAIN;
}

function quoted(match: RegExpExecArray | null): string {
  const [, text] = match ?? [];
  if (text === undefined) throw NOT_PLAIN;
  return text;
}

/** Writes a value that needs quotes; `undefined` if that takes several lines. */
export type Quote = (value: unknown) => string | undefined;

/** A value in a document that is already written. */
export class WrittenValue {
  /** `text` is what follows the colon after its name, with the line breaks. */
  constructor(readonly text: string) {}
}

/** How to write a mapping. */
interface Writing {
  /** The objects that occurred; one that occurs twice needs a YAML writer. */
  seen: Set<object>;
  quote: Quote;
}

/**
 * Formats `mapping` as `stringify()` of a YAML library does, which takes 20 ms
 * for 1,000 accounts. Returns `undefined` where that is needed: for multi-line
 * text, for what `quote` cannot write, and for an object that occurs twice.
 */
export function formatPlainYaml(
  mapping: object,
  quote: Quote = () => undefined,
): string | undefined {
  return ifPlain(() => formatMapping(mapping, "", { seen: new Set(), quote }));
}

function formatMapping(
  mapping: object,
  indent: string,
  writing: Writing,
): string {
  return Object.entries(mapping).map(([name, value]) => {
    if (!NAME.test(name) || !needsNoQuotes(name)) throw NOT_PLAIN;
    return `${indent}${name}:${formatValue(value, `${indent}  `, writing)}`;
  }).join("");
}

const NAME = /^[a-z_][a-z_0-9]{0,99}$/;

/** Returns what follows the colon after a name. */
function formatValue(value: unknown, indent: string, writing: Writing): string {
  if (typeof value !== "object" || value === null) {
    return ` ${formatScalar(value, writing.quote)}\n`;
  }
  if (value instanceof WrittenValue) return value.text;
  if (writing.seen.has(value)) throw NOT_PLAIN;
  writing.seen.add(value);
  const isList = Array.isArray(value);
  if (Object.keys(value).length === 0) return isList ? " []\n" : " {}\n";
  const text = isList
    ? formatList(value, indent, writing)
    : formatMapping(value, indent, writing);
  return `\n${text}`;
}

function formatList(
  items: readonly unknown[],
  indent: string,
  writing: Writing,
): string {
  return items.map((item) => {
    const isNested = typeof item === "object" && item !== null;
    if (Array.isArray(item) || isNested && Object.keys(item).length === 0) {
      throw NOT_PLAIN;
    }
    const text = formatValue(item, `${indent}  `, writing);
    // The first name of a mapping is on the same line as the list mark.
    return `${indent}-${isNested ? text.replace(/^\n +/, " ") : text}`;
  }).join("");
}

function formatScalar(value: unknown, quote: Quote): string {
  const isPlain = value === null || typeof value === "boolean" ||
    typeof value === "number" && Number.isSafeInteger(value) &&
      (value > 0 || Object.is(value, 0)) ||
    typeof value === "string" && needsNoQuotes(value);
  if (isPlain) return `${value}`;
  if (value === undefined) throw NOT_PLAIN;
  if (typeof value === "string" && isTime(value)) return `'${value}'`;
  const text = quote(value);
  if (text === undefined) throw NOT_PLAIN;
  return text;
}
