/**
 * Finds the positions of the keys and values of a YAML document, which the
 * parser does not report.
 *
 * The parser must have accepted the text, and its top level must be one
 * mapping, in the form `key: value` or `{key: value}`. This module knows just
 * enough of YAML to skip what only looks like a key: quoted strings, comments,
 * nested lists and mappings, block scalars.
 *
 * @module
 */

/** A position in a text, counted from 1. */
export interface Position {
  line: number;
  /** The column, in UTF-16 units. */
  column: number;
}

/** The positions of a key and its value. */
export interface EntryPosition {
  key: Position;
  /** The value, or the key if there is none. */
  value: Position;
  /** The items, if the value is a list. */
  items: Position[];
}

interface Token extends Position {
  text: string;
  /** How many brackets enclose it; the brackets themselves count as outside. */
  depth: number;
}

const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*'`;

/** Spaces, comments, directives, the start marker, anchors and tags. */
const SKIPPED =
  /[ \t\r\n]+|#[^\r\n]*|(?<![^\r\n])(?:%[^\r\n]*|---(?=[ \t\r\n]))|[&!][^\s,[\]{}]*/y;

// Both match, in this order: quoted strings, brackets, indicators, and any
// other text up to its end. In brackets, an indicator needs no space after it
// (`{"key":1}`).
const IN_BLOCK = new RegExp(
  String.raw`${QUOTED}|[[{]|[-?:](?=[ \t\r\n]|$)|` +
    String.raw`(?:(?!:(?:[ \t\r\n]|$)|[ \t]#)[^\r\n])+`,
  "y",
);

const IN_BRACKETS = new RegExp(
  String.raw`${QUOTED}|[[\]{},]|(?<=["']):|[?:](?=[\s,[\]{}]|$)|` +
    String.raw`(?:(?!:(?:[\s,[\]{}]|$)|[ \t]#)[^\r\n,[\]{}])+`,
  "y",
);

const OPENS = /^[[{]$/;
const CLOSES = /^[\]}]$/;
const BEGINS_BLOCK_TEXT = /^[|>][-+\d]*$/;

/**
 * Finds the start of the content of `text`, and the keys of its mapping with
 * their values and list items.
 */
export function findPositions(
  text: string,
): { start: Position; entries: Map<string, EntryPosition> } {
  const tokens = [...tokenize(text)];
  const [first = { line: 1, column: 1, text: "", depth: 0 }] = tokens;
  const inBrackets = first.text === "{";
  const isTop = ({ depth, column }: Token) =>
    inBrackets ? depth === 1 : depth === 0 && column === first.column;
  const isValue = ({ text, column }: Token) =>
    inBrackets ? !/^[,}]$/.test(text) : column > first.column || text === "-";

  const entries = new Map<string, EntryPosition>();
  for (const [at, token] of tokens.entries()) {
    const [before, colon, value] = [-1, 1, 2].map((it) => tokens[at + it]);
    const start = before?.text === "?" ? before : token;
    if (colon?.text !== ":" || !isTop(start)) continue;
    const key = positionOf(token);
    entries.set(
      token.text.replace(/^(["'])([^]*)\1$/, "$2"),
      value && isValue(value)
        ? { key, value: positionOf(value), items: findItems(tokens, at + 2) }
        : { key, value: key, items: [] },
    );
  }
  return { start: positionOf(first), entries };
}

/** Finds the items of a list whose first token is at `start`, if it is one. */
function findItems(tokens: readonly Token[], start: number): Position[] {
  const list = tokens[start];
  if (list?.text !== "[" && list?.text !== "-") return [];
  const { text, depth, column } = list;
  const precedesItem = text === "["
    ? (it: Token) => it.text === "," && it.depth === depth + 1
    : (it: Token) => it.text === "-" && it.column === column;
  const ends = text === "["
    ? (it: Token) => it.depth === depth
    : (it: Token) => it.column <= column && it.depth === depth;
  const items: Position[] = [];
  for (let at = start; at < tokens.length; at++) {
    const [token, item] = tokens.slice(at, at + 2);
    if (!token || !item) break;
    if (token === list || precedesItem(token)) items.push(positionOf(item));
    else if (ends(token)) break;
  }
  return items;
}

/** Splits `text` into keys, values and indicators with their positions. */
function* tokenize(text: string): Generator<Token> {
  let [depth, line, lineStart, end] = [0, 1, 0, 0];
  while (end < text.length) {
    const at = end;
    const skipped = matchAt(SKIPPED, text, at);
    const found = matchAt(depth > 0 ? IN_BRACKETS : IN_BLOCK, text, at);
    const token = skipped ? "" : found.trimEnd();
    if (CLOSES.test(token)) depth--;
    if (token) yield { text: token, line, column: at - lineStart + 1, depth };
    if (OPENS.test(token)) depth++;
    end += (skipped || found).length || 1;
    if (BEGINS_BLOCK_TEXT.test(token)) {
      const indent = matchAt(/ */y, text, lineStart).length;
      end += matchAt(blockText(indent), text, end).length;
    }
    for (const it of text.slice(at, end).matchAll(/\r\n?|\n/g)) {
      line++;
      lineStart = at + it.index + it[0].length;
    }
  }
}

/**
 * Matches the rest of the line, and the following lines with more indentation.
 */
function blockText(indent: number): RegExp {
  const line = ` {${indent + 1},}[^\\r\\n]*|[ \\t]*(?=[\\r\\n]|$)`;
  return new RegExp(`[^\\r\\n]*(?:(?:\\r\\n?|\\n)(?:${line}))*`, "y");
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function positionOf({ line, column }: Token): Position {
  return { line, column };
}
