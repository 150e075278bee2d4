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
import {
  MAX_CONFIG_BYTES,
  SETTING_NAMES,
  type SettingName,
} from "../../settings.ts";
import { settingKey, settingOf } from "../../setting_lookup.ts";
import type { FileSettings, Setting } from "../../setting.ts";
import { NOTIFY_KEY, readNotifySettings } from "../../notify/targets.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation } from "../../program.ts";
import { readRules } from "./read_rules.ts";
import { type Entry, readBackoffs } from "./setting_parts.ts";
import { findPositions, type Position } from "./yaml_position.ts";

/** The value of one setting in the file, and the line of its key. */
interface ConfigValue {
  /** The value; a duration is in milliseconds. */
  value: FlagTypes[keyof FlagTypes] | FileSettings[keyof FileSettings];
  line: number;
}

/** The values in the file, by setting. */
export type Config = ReadonlyMap<
  SettingName | keyof FileSettings,
  ConfigValue
>;

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
    const position = entries.get(key) ??
      { key: start, value: start, items: [] };
    const { line } = position.key;
    const entry: Entry = {
      position,
      fail: (at, problem) => fail(at, `${key}: ${problem}`),
    };
    const name = NAMES.get(key);
    if (key === NOTIFY_KEY) {
      readNotifySettings(value, (problem, unknown) => {
        const guess = unknown ? didYouMean(unknown.word, unknown.known) : "";
        return entry.fail(position.key, problem + guess);
      });
    } else if (key === "rules") {
      config.set("rules", { value: readRules(value, entry), line });
    } else if (name === "backoff" && isRecord(value)) {
      config.set("backoffs", { value: readBackoffs(value, entry), line });
    } else if (name !== undefined) {
      const parsed = readValue(settingOf(name), value, entry);
      config.set(name, { value: parsed, line });
    } else {
      const guess = didYouMean(key, [...NAMES.keys(), "rules", NOTIFY_KEY]);
      const shown = JSON.stringify(key);
      throw fail(position.key, `unknown key ${shown}${guess}`);
    }
  }
  return config;
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
type Fail = (position: Position, problem: string) => UsageError;

/**
 * Returns a function that creates errors about the file at `path`: "Cannot
 * <verb> ...".
 */
export function failAt(verb: "use" | "change", path: string): Fail {
  return ({ line, column }, problem) =>
    new UsageError(
      `Cannot ${verb} "${path}": line ${line}, column ${column}: ${problem}`,
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
  { position: { value: position, items }, fail }: Entry,
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
