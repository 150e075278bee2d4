/**
 * Reads and writes a mapping of counts, times and little else, as `state.yaml`
 * is beside its accounts: the first YAML of a process takes 2 ms.
 *
 * Nothing is taken that is not written exactly as here; what YAML could mean
 * otherwise is left to it.
 *
 * @module
 */

const WORDS = new Map<string, unknown>([["null", null], ["true", true]]);

/** YAML, of some version, has to quote the others. */
const NAME = "(?!(?:null|true|false|yes|no|on|off|y|n)\\b)[a-z_]{1,99}";

const ENTRY = new RegExp(
  String
    .raw`(${NAME}): (?:(0|[1-9]\d{0,14})|(null|true)|'([\w.:-]*)'|"([\w.:-]*)"|\{\})\n`,
  "y",
);

const ONLY_NAME = new RegExp(`^${NAME}$`);

/** A time in UTC, ISO 8601, as a part of a pattern. */
export const TIME = String
  .raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z`;

const ONLY_TIME = new RegExp(`^${TIME}$`);

/** Reads `text`; `undefined` where it is not written as here. */
export function parsePlainMapping(
  text: string,
): Record<string, unknown> | undefined {
  if (text === "") return undefined;
  const entries = new Map<string, unknown>();
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    ENTRY.lastIndex = at;
    const [entry, name = "", count, word, ...texts] = ENTRY.exec(text) ?? [];
    if (entry === undefined || entries.has(name)) return undefined;
    const quoted = texts.find((it) => it !== undefined);
    const value = count === undefined ? quoted ?? {} : Number(count);
    entries.set(name, word === undefined ? value : WORDS.get(word));
  }
  return Object.fromEntries(entries);
}

/** Writes `mapping`; `undefined` where there is more in it. */
export function formatPlainMapping(
  mapping: Readonly<Record<string, unknown>>,
): string | undefined {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(mapping)) {
    const text = formatPlain(value);
    if (text === undefined || !ONLY_NAME.test(name)) return undefined;
    lines.push(`${name}: ${text}\n`);
  }
  return lines.join("");
}

/** Writes a count, a time, `null` or `true`; `undefined` for anything else. */
export function formatPlain(value: unknown): string | undefined {
  if (value === null || value === true) return String(value);
  if (typeof value === "string" && ONLY_TIME.test(value)) return `"${value}"`;
  const isCount = typeof value === "number" && Number.isInteger(value) &&
    value >= 0 && value < 1e15 && !Object.is(value, -0);
  return isCount ? String(value) : undefined;
}
