/**
 * Reads a document of mappings, lists and one-line texts in block style, as we
 * write `state.yaml`: a reader of all YAML takes longer to load than a command
 * such as `status --short` takes to run.
 *
 * Nothing is taken that is not written exactly as here; what YAML could mean
 * otherwise is left to it.
 *
 * @module
 */

/** A line that is not a list item: `name:`, or `name: value`. */
const ENTRY = /^([a-z_][a-z_0-9]*):(?: (.+))?$/;

const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

/**
 * Letters and signs beyond ASCII, but for blanks, line breaks and what cannot
 * be seen. Classes such as `\p{L}` take a millisecond each to compile.
 */
const OTHERS = String
  .raw`\xa1-\xac\xae-\u1fff\u2070-\u2fff\u3001-\ufefe\uff01-\uffef`;

const COUNT = /^(?:0|[1-9]\d{0,14})$/;
const SINGLE_QUOTED = new RegExp(`^'([ -&(-~${OTHERS}]*)'$`);
const DOUBLE_QUOTED = new RegExp(String.raw`^"([ !#-[\]-~${OTHERS}]*)"$`);

/** What may follow the first letter of a text without quotes. */
const INNER = String.raw`\w.'$&()+/@${OTHERS}-`;
const PLAIN = new RegExp(
  `^[A-Za-z${OTHERS}][${INNER}]*(?: [${INNER}]+)*$`,
);

const WORDS = new Map<string, unknown>([
  ["null", null],
  ["true", true],
  ["false", false],
]);

/** Thrown for what the YAML parser must read. */
const NOT_PLAIN = new Error("not plain YAML");

/** Reads `text`; `undefined` where it is not written as here. */
export function parsePlainYaml(
  text: string,
): Record<string, unknown> | undefined {
  if (!text.endsWith("\n")) return undefined;
  const lines = text.slice(0, -1).split("\n");
  try {
    const { value, end } = readMapping(lines, 0, 0);
    return end === lines.length ? value : undefined;
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

interface Read<T> {
  value: T;
  /** The first line that is not part of it. */
  end: number;
}

function readMapping(
  lines: readonly string[],
  begin: number,
  indent: number,
): Read<Record<string, unknown>> {
  const entries = new Map<string, unknown>();
  let at = begin;
  while (at < lines.length && indentOf(lines[at]) === indent) {
    const [, name = "", text] = ENTRY.exec(lines[at]?.slice(indent) ?? "") ??
      [];
    const isName = name !== "" && !RESERVED.test(name) && !entries.has(name);
    if (!isName) throw NOT_PLAIN;
    const { value, end } = text === undefined
      ? readNested(lines, at + 1, indent + 2)
      : { value: readScalar(text), end: at + 1 };
    entries.set(name, value);
    at = end;
  }
  if (at === begin) throw NOT_PLAIN;
  return { value: Object.fromEntries(entries), end: at };
}

/** What stands below a name: a mapping or a list. */
function readNested(
  lines: readonly string[],
  begin: number,
  indent: number,
): Read<unknown> {
  const isList = lines[begin]?.startsWith(`${" ".repeat(indent)}- `);
  return (isList ? readList : readMapping)(lines, begin, indent);
}

function readList(
  lines: readonly string[],
  begin: number,
  indent: number,
): Read<unknown[]> {
  const mark = `${" ".repeat(indent)}- `;
  const items: unknown[] = [];
  let at = begin;
  while (lines[at]?.startsWith(mark)) {
    const first = lines[at]?.slice(mark.length) ?? "";
    if (!ENTRY.test(first)) {
      items.push(readScalar(first));
      at++;
      continue;
    }
    const inside = lines.with(at, " ".repeat(indent + 2) + first);
    const { value, end } = readMapping(inside, at, indent + 2);
    items.push(value);
    at = end;
  }
  return { value: items, end: at };
}

function readScalar(text: string): unknown {
  if (COUNT.test(text)) return Number(text);
  if (WORDS.has(text)) return WORDS.get(text);
  if (text === "{}") return {};
  if (text === "[]") return [];
  const [, single] = SINGLE_QUOTED.exec(text) ?? [];
  if (single !== undefined) return single;
  const [, double] = DOUBLE_QUOTED.exec(text) ?? [];
  if (double !== undefined) return double;
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  throw NOT_PLAIN;
}

function indentOf(line = ""): number {
  return line.length - line.trimStart().length;
}
