import { parse, YamlSyntaxError } from "@std/yaml";
import { unsafeFile } from "../../common_errors.ts";
import { isRecord } from "../../json.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { FlagTypes } from "../line/command.ts";
import {
  checkFlagValue,
  describeMismatch,
  NO_VALUE,
} from "../line/flag_value.ts";
import { didYouMean } from "../line/nearest.ts";
import { SETTING_NAMES, type SettingName } from "../../settings.ts";
import { settingKey, settingOf } from "../../setting_lookup.ts";
import type { FileSettings, Setting } from "../../setting.ts";
import {
  type Fail as FailInSection,
  NOTIFY_KEY,
  readNotifySettings,
} from "../../notify/targets.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation } from "../../program.ts";
import { readRules } from "./read_rules.ts";
import { type Entry, readBackoffs } from "./setting_parts.ts";
import {
  type EntryPosition,
  findPositions,
  type Position,
} from "./yaml_position.ts";

/** The value of one setting in the file. */
export interface ConfigValue {
  /** The value; a duration is in milliseconds. */
  value: FlagTypes[keyof FlagTypes] | FileSettings[keyof FileSettings];
  /** The line of its key. */
  line: number;
}

/** The values in the file, by setting. */
export type Config = ReadonlyMap<
  SettingName | keyof FileSettings,
  ConfigValue
>;

const MAX_CONFIG_BYTES = 1024 * 1024;

const UNUSABLE: Readonly<Record<string, string>> = {
  EFBIG: "is larger than 1 MiB",
  EINVAL: "is not a file",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
};

const NAMES = new Map(SETTING_NAMES.map((it) => [settingKey(it), it]));

/**
 * Reads the settings in the file at `path`; a missing file is an empty one.
 *
 * @throws {UsageError} If it is not valid YAML, a key is unknown, or a value has
 * the wrong type.
 * @throws {FileError} If it is not a text file, or too large.
 */
export async function readConfig(path: string): Promise<Config> {
  return parseConfig(await readConfigText(path), path);
}

/**
 * Reads the settings in `text`, the content of the file at `path`.
 *
 * @throws {UsageError} If it is not valid YAML, a key is unknown, or a value has
 * the wrong type.
 */
export function parseConfig(text: string, path: string): Config {
  const fail = failAt("use", path);
  const document = parseMapping(text, fail);
  const { start, entries } = findPositions(text);

  const config = new Map<SettingName | keyof FileSettings, ConfigValue>();
  for (const [key, value] of Object.entries(document)) {
    const entry = entries.get(key) ?? { key: start, value: start, items: [] };
    if (key === NOTIFY_KEY) {
      readNotifySettings(value, failIn(key, entry, fail));
      continue;
    }
    const failOnValue: Fail = (position, problem) =>
      fail(position, `${key}: ${problem}`);
    const parts = readParts(key, value, { position: entry, fail: failOnValue });
    if (parts) {
      config.set(parts.name, { value: parts.value, line: entry.key.line });
      continue;
    }
    const name = NAMES.get(key);
    if (name === undefined) {
      const shown = JSON.stringify(key);
      const known = [...NAMES.keys(), "rules", NOTIFY_KEY];
      const guess = didYouMean(key, known);
      throw fail(entry.key, `unknown key ${shown}${guess}`);
    }
    config.set(name, {
      value: readValue(settingOf(name), value, entry, failOnValue),
      line: entry.key.line,
    });
  }
  return config;
}

/** Returns a function that creates errors about a section of the file. */
function failIn(
  key: string,
  entry: EntryPosition,
  fail: Fail,
): FailInSection {
  return (problem, unknown) => {
    const guess = unknown ? didYouMean(unknown.word, unknown.known) : "";
    return fail(entry.key, `${key}: ${problem}${guess}`);
  };
}

/** Reads a value with parts; `undefined` if `key` has none. */
function readParts(key: string, value: unknown, entry: Entry) {
  if (key === "rules") {
    return { name: "rules" as const, value: readRules(value, entry) };
  }
  if (key === settingKey("backoff") && isRecord(value)) {
    return { name: "backoffs" as const, value: readBackoffs(value, entry) };
  }
  return undefined;
}

/**
 * Reads the text of the file at `path`; a missing file is an empty one.
 *
 * @throws {FileError} If it is not a text file, or too large.
 */
export async function readConfigText(path: string): Promise<string> {
  try {
    const bytes = await runtime.files.read(path, MAX_CONFIG_BYTES);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const problem = error instanceof TypeError
      ? "is not valid UTF-8"
      : UNUSABLE[errorCode(error) ?? ""];
    if (problem === undefined) throw error;
    throw unsafeFile(path, problem);
  }
}

/** Creates the error for a problem at a position in a file. */
export type Fail = (position: Position, problem: string) => UsageError;

/**
 * Returns a function that creates errors about the file at `path`: "Cannot
 * <verb> ...".
 */
export function failAt(verb: "use" | "change", path: string): Fail {
  return ({ line, column }, problem) =>
    new UsageError(
      `Cannot ${verb} "${path}": line ${line}, column ${column}: ${problem}`,
      "config",
      `${invocation()} config edit`,
    );
}

/**
 * Reads `text` as a YAML mapping; an empty text is an empty one.
 *
 * @throws {UsageError} If it is anything else; `fail` creates the error.
 */
export function parseMapping(
  text: string,
  fail: Fail,
): Record<string, unknown> {
  const document = parseYaml(text, fail);
  if (isRecord(document)) return document;
  throw fail(findPositions(text).start, "the file is not a mapping");
}

function parseYaml(text: string, fail: Fail): unknown {
  try {
    return parse(text, { schema: "core" }) ?? {};
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const { line, column, message } = error as SyntaxError & Position;
    const [problem = ""] = message.split(` at line ${line},`);
    throw fail({ line, column }, problem);
  }
}

function readValue(
  setting: Setting,
  value: unknown,
  { value: position, items }: EntryPosition,
  fail: Fail,
): FlagTypes[keyof FlagTypes] {
  if (setting.type !== "texts") {
    return readScalar(setting, value, position, fail);
  }
  if (!Array.isArray(value)) {
    throw fail(position, describeMismatch(setting, describe(value)));
  }
  if (value.length === 0) throw fail(position, NO_VALUE);
  const item: Setting = { ...setting, type: "text" };
  return value.map((it, at) => {
    const text = typeof it === "number" ? String(it) : it; // such as 429
    return String(readScalar(item, text, items[at] ?? position, fail));
  });
}

const TAKES_NUMBERS = new Set<Setting["type"]>([
  "number",
  "duration",
  "percent",
]);

function readScalar(
  setting: Setting,
  value: unknown,
  position: Position,
  fail: Fail,
): string | number | boolean {
  if (value === null) throw fail(position, NO_VALUE);
  const isOfType = typeof value === "number"
    ? TAKES_NUMBERS.has(setting.type)
    : setting.type === "switch"
    ? typeof value === "boolean"
    : typeof value === "string" && setting.type !== "number";
  if (!isOfType) {
    throw fail(position, describeMismatch(setting, describe(value)));
  }
  const checked = checkFlagValue(setting, String(value));
  if ("problem" in checked) throw fail(position, checked.problem);
  return checked.value;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a mapping";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
