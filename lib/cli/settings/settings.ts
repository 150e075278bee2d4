import type { AccountName } from "../../account_name.ts";
import { hasCode } from "../../errors.ts";
import { chosenAgent, DEFAULT_AGENT } from "../../agents/registry.ts";
import { findLayout, usualRoot } from "../../disk/layout.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem, type System } from "../../system/system.ts";
import {
  configPath,
  SETTING_NAMES,
  type SettingName,
  type SETTINGS,
  type Settings,
} from "../../settings.ts";
import {
  defaultOf,
  settingOf,
  settingsFrom,
  settingVariable,
} from "../../setting_lookup.ts";
import type { FileSettings } from "../../setting.ts";
import type { FlagTypes, FlagValues } from "../line/command.ts";
import type { Config } from "./config.ts";
import { checkFlagValue } from "../line/flag_value.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation } from "../../program.ts";
import type { Finding } from "../../doctor/finding.ts";

/** The flags of all settings; the help of each names its default. */
export const SETTING_FLAGS = Object.fromEntries(
  SETTING_NAMES.map((name) => {
    const setting = settingOf(name);
    const { default: value, summary } = setting;
    const suffix = value === undefined ? "" : ` (default: ${value})`;
    return [name, { ...setting, summary: `${summary}${suffix}` }];
  }),
) as typeof SETTINGS; // only the summaries differ

const { cli: _, ...withoutAgent } = SETTING_FLAGS;

/** The same without the agent, which every command has a flag for. */
export const RUN_FLAGS = withoutAgent;

/** Where the value of a setting comes from. */
export type Origin =
  | { from: "flag"; flag: string }
  | { from: "environment"; variable: string }
  | { from: "file"; path: string; line: number }
  | { from: "default" };

/**
 * Where each setting comes from, by the name of its flag; those that only the
 * file can have are absent if it has none.
 */
type SettingOrigins =
  & Record<SettingName, Origin>
  & Partial<Record<keyof FileSettings, Origin>>;

/** Where to look for settings. */
interface LoadSettingsOptions {
  /** The accounts folder, which contains the file. */
  dir: string;
  /** The values of the flags; `undefined` and an empty list mean not given. */
  flags?: Partial<FlagValues<typeof SETTING_FLAGS>>;
  system?: Pick<System, "env">;
}

/** The settings, and where they come from. */
export interface LoadedSettings {
  settings: Settings;
  /** Where each one comes from, by the name of its flag. */
  origins: SettingOrigins;
}

/**
 * Loads the settings: from the flag, or else the environment, the file
 * `account-qwen.yaml`, or the default. Overridden values must be valid, too.
 *
 * @throws {UsageError} If a variable or a value in the file has the wrong type,
 * or the file is not valid YAML or has an unknown key.
 * @throws {FileError} If the file is not a text file, or too large.
 */
export async function loadSettings(
  options: LoadSettingsOptions,
): Promise<LoadedSettings> {
  const { dir, flags = {}, system = realSystem } = options;
  const path = configPath(dir);
  const config = await readConfig(path);
  const choosing = configPath(choosingFolder(dir));
  const agentConfig = choosing === path ? config : await readConfig(choosing);
  const found = SETTING_NAMES.map((name) => {
    const { value, origin } = [
      fromFlag(name, flags[name]),
      fromEnvironment(name, system),
      name === "cli"
        ? fromFile(name, agentConfig, choosing)
        : fromFile(name, config, path),
    ].find((it) => it !== undefined) ??
      { value: defaultOf(name), origin: { from: "default" } };
    return { name, value, origin };
  });
  const values = new Map(found.map((it) => [it.name, it.value]));
  const parts = partsIn(config, path);
  const origins = Object.fromEntries(
    [...found, ...parts].map((it) => [it.name, it.origin]),
  ) as SettingOrigins;
  const settings: Settings = {
    ...settingsFrom((name) => values.get(name)),
    ...Object.fromEntries(parts.map((it) => [it.name, it.value])),
  };
  const { transient, ...others } = settings.backoffs;
  // A flag overrides the file.
  const isOverridden = transient && origins.backoff.from !== "default";
  const backoffs = isOverridden ? others : settings.backoffs;
  return { settings: { ...settings, backoffs }, origins };
}

/**
 * Returns the folder whose settings choose the agent when `dir` has the other
 * settings: that of the default agent, unless the user names a folder.
 */
export function choosingFolder(dir: string): string {
  if (chosenAgent() === DEFAULT_AGENT) return dir;
  const isUsual = usualRoot(chosenAgent(), realSystem) === dir;
  return isUsual ? findLayout({ agent: DEFAULT_AGENT }).root : dir;
}

/** Returns the settings in the file that have parts. */
function partsIn(config: Config, path: string) {
  return (["rules", "backoffs"] as const).flatMap((name) => {
    const said = config.get(name);
    if (!said) return [];
    const origin: Origin = { from: "file", path, line: said.line };
    return [{ name, value: said.value, origin }];
  });
}

/** Loads the YAML parser only if there is a file. */
async function readConfig(path: string): Promise<Config> {
  if (!await runtime.files.info(path)) return new Map();
  const { readConfig } = await import("./config.ts");
  return await readConfig(path);
}

type Found = {
  value: FlagTypes[keyof FlagTypes] | readonly string[];
  origin: Origin;
};

function fromFlag(name: SettingName, value: Found["value"]): Found | undefined {
  const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined;
  const flag = value === false ? `--no-${name}` : `--${name}`;
  return isGiven ? { value, origin: { from: "flag", flag } } : undefined;
}

/**
 * Reads a variable; an empty one is ignored, and a list has one text per line.
 */
function fromEnvironment(
  name: SettingName,
  system: Pick<System, "env">,
): Found | undefined {
  const setting = settingOf(name);
  const variable = settingVariable(name);
  const origin: Origin = { from: "environment", variable };
  const text = system.env(variable) ?? "";
  if (setting.type === "texts") {
    const value = text.split(/\r?\n/).filter((it) => it !== "");
    for (const it of value) checked(it);
    return value.length > 0 ? { value, origin } : undefined;
  }
  return text === "" ? undefined : { value: checked(text), origin };

  function checked(text: string) {
    const checked = checkFlagValue(setting, text);
    if ("value" in checked) return checked.value;
    throw new UsageError(
      `Cannot use ${variable}: ${checked.problem}`,
      `unset ${variable}`,
    );
  }
}

function fromFile(
  name: SettingName,
  config: Config,
  path: string,
): Found | undefined {
  const said = config.get(name);
  return said && {
    value: said.value as Found["value"], // only the others have parts
    origin: { from: "file", path, line: said.line },
  };
}

/**
 * Checks the settings in the environment and in `account-qwen.yaml`, which may
 * name some of `accounts`. If they are valid, also returns the program that they
 * name.
 */
export async function examineSettings(
  dir: string,
  accounts: readonly AccountName[] = [],
): Promise<{ bin?: string; findings: Finding[] }> {
  try {
    const { settings: { bin, reserve } } = await loadSettings({ dir });
    if (reserve.length === 0 || accounts.length === 0) {
      return { bin, findings: [] };
    }
    const { reservesAgainst, unknownIn } = await import("../../quota/room.ts");
    const unknown = unknownIn(reservesAgainst(reserve, undefined), accounts);
    const mend = `${invocation()} config edit`;
    const findings = unknown.map((problem) => ({
      check: "settings",
      problem,
      mend,
    }));
    return { bin, findings };
  } catch (error) {
    const isMistake = error instanceof UsageError ||
      hasCode(error, "unsafe-file");
    if (!isMistake) throw error;
    const [, variable] = /^Cannot use ([A-Z_]+):/.exec(error.message) ?? [];
    const mend = variable === undefined
      ? `\${EDITOR:-vi} ${shellWord(configPath(dir))}`
      : `unset ${variable}`;
    const finding = { check: "settings", problem: error.message, mend };
    return { findings: [finding] };
  }
}
