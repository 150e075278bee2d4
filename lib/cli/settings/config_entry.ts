import { stringify } from "@std/yaml";
import { failAt, parseMapping } from "./config.ts";
import { type EntryPosition, findPositions } from "./yaml_position.ts";

/** The new value of an entry; `undefined` removes the entry. */
export type NewValue =
  | string
  | number
  | boolean
  | readonly string[]
  | undefined;

/** A line with only a comment, or the marker at the end of a document. */
const COMMENT = /^\s*(?:#.*|\.\.\.)?\s*$/;

/** A value on one line, and the comment and line break after it. */
const ON_ONE_LINE =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[.*?\]|.*?)((?:[ \t]+#.*)?)\s*$/;

/**
 * Returns the YAML mapping `text` with the entry `key` set to `value`, or
 * without that entry if `value` is `undefined`. All other lines stay as they
 * are: the comments, the blank lines and the other entries.
 *
 * @throws {UsageError} If `text`, of the file at `path`, is not a YAML mapping,
 * or one entry cannot be changed without the others.
 */
export function withEntry(
  text: string,
  { path, key, value }: { path: string; key: string; value: NewValue },
): string {
  const fail = failAt("change", path);
  const before = parseMapping(text, fail);
  const wanted: Record<string, unknown> = { ...before, [key]: value };
  if (value === undefined) {
    if (!Object.hasOwn(before, key)) return text;
    delete wanted[key];
  }
  const { start, entries } = findPositions(text);
  const inBrackets =
    text.split("\n")[start.line - 1]?.[start.column - 1] === "{";
  const changed = inBrackets
    ? text.includes("#") ? text : print(wanted, text)
    : changeLines(text, { key, value, entries });
  const isAsWanted =
    JSON.stringify(parseMapping(changed, fail)) === JSON.stringify(wanted);
  if (isAsWanted) return changed;
  const { key: place = start } = entries.get(key) ?? {};
  throw fail(place, "this form of YAML has to be edited by hand");
}

function changeLines(
  text: string,
  { key, value, entries }: {
    key: string;
    value: NewValue;
    entries: ReadonlyMap<string, EntryPosition>;
  },
): string {
  const lines = text.split(/(?<=\n)/);
  const [any] = entries.values();
  const indent = " ".repeat((any?.key.column ?? 1) - 1);
  const printed = value === undefined
    ? []
    : print({ [key]: value }, text).split(/(?<=\n)/).map((it) => indent + it);
  const entry = entries.get(key);
  if (!entry) {
    const last = lines.at(-1) ?? "";
    const eol = eolOf(text);
    const toEnd = last === "" || last.endsWith("\n") ? "" : eol;
    // Otherwise the comment at the top of the file would belong to the entry.
    const gap = entries.size === 0 && /\S/.test(last) ? eol : "";
    return text + toEnd + gap + printed.join("");
  }
  const from = entry.key.line - 1;
  const next = [...entries.values()].map((it) => it.key.line - 1)
    .filter((it) => it > from);
  let to = Math.min(lines.length, ...next);
  while (to > from + 1 && COMMENT.test(lines[to - 1] ?? "")) to--;
  if (value !== undefined) {
    printed[0] = firstLine(lines[from] ?? "", {
      entry,
      isWhole: to === from + 1,
      isList: typeof value === "object",
      printed: printed[0] ?? "",
    });
  }
  return lines.toSpliced(from, to - from, ...printed).join("");
}

/**
 * Returns the first line of a changed entry, with the spaces and the comment of
 * `line`.
 */
function firstLine(line: string, { entry, isWhole, isList, printed }: {
  entry: EntryPosition;
  isWhole: boolean;
  isList: boolean;
  printed: string;
}): string {
  const { key, value } = entry;
  const isHere = value.line === key.line && value.column > key.column;
  if (isHere && !isWhole) return printed;
  const [, , remark = ""] = isHere
    ? ON_ONE_LINE.exec(line.slice(value.column - 1)) ?? []
    : /^(.*?)([ \t]+#.*?)\s*$/.exec(line) ?? [];
  const [content = "", eol = ""] = printed.split(/(?=\r?\n$)/);
  const isKept = isHere && !isList;
  const start = isKept ? line.slice(0, value.column - 1) : "";
  return start +
    (isKept ? content.trimStart().replace(/^[^:]*: /, "") : content) +
    remark + eol;
}

/** Formats `entries` with the line breaks and the list style of `text`. */
function print(entries: Record<string, unknown>, text: string): string {
  const arrayIndent = !/^-\s/m.test(text);
  const yaml = stringify(entries, {
    schema: "core",
    lineWidth: -1,
    arrayIndent,
  });
  const isEmpty = Object.keys(entries).length === 0;
  return isEmpty ? "" : yaml.replaceAll("\n", eolOf(text));
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
