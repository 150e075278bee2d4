import { realSystem, type System } from "../../system/system.ts";
import type { FlagTypes, FlagValues } from "../line/command.ts";
import { type Config, readConfig } from "./config.ts";
import { checkFlagValue } from "../line/flag_value.ts";
import {
  configPath,
  type SETTING_FLAGS,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  type SettingValue,
  settingVariable,
} from "./setting_flags.ts";
import { UsageError } from "../line/usage_error.ts";

/** Where the value of a setting comes from. */
export type Origin =
  | { from: "flag"; flag: string }
  | { from: "environment"; variable: string }
  | { from: "file"; path: string; line: number }
  | { from: "default" };

/** What each setting is, by the name of its flag. */
export type SettingValues = { [Name in SettingName]: SettingValue<Name> };

/** Where each setting comes from, by the name of its flag. */
export type SettingOrigins = Record<SettingName, Origin>;

/** How `exec` goes about its work. */
export interface Settings {
  /** Which account is the next one. */
  strategy: SettingValues["strategy"];
  /** How the CLI reaches an account. */
  mode: SettingValues["mode"];
  /** When a prompt may be run again with another account. */
  rerun: SettingValues["rerun"];
  /** How often to go on with another account at most. */
  maxRetries: number;
  /** How long each run may take, if there is a limit. */
  timeoutMs: number | undefined;
  /** How long to wait for an account to become ready, if at all. */
  waitMs: number | undefined;
  /** The program to run. */
  bin: string;
  /** What says "out of quota"; `undefined` for the table's own rules. */
  quotaPatterns: string[] | undefined;
  /** How long an account rests at most after its quota ran out. */
  maxCooldownQuotaMs: number;
  /** How long an account rests at most for another reason. */
  maxCooldownMs: number;
  /** The longest throttle that is waited for on the same account. */
  shortPauseMs: number;
  /** How long an answer may take to begin, through the gateway. */
  firstByteTimeoutMs: number;
  /** How to wait before a run that failed in passing is tried again. */
  backoff: SettingValues["backoff"];
  /** The first wait. */
  backoffBaseMs: number;
  /** The longest wait. */
  backoffCapMs: number;
  /** How often to try again at most. */
  backoffAttempts: number;
  /** How long before its token ends a login is refreshed; 0 for never. */
  refreshBeforeMs: number;
  /** How long to wait for a lock that another process holds. */
  lockTimeoutMs: number;
}

/** Where to look for settings. */
export interface LoadSettingsOptions {
  /** The folder of the accounts, in which the file lies. */
  dir: string;
  /** What the flags say; no value and no texts say nothing. */
  flags?: Partial<FlagValues<typeof SETTING_FLAGS>>;
  /** @default realSystem */
  system?: Pick<System, "env">;
}

/** The settings, and where they come from. */
export interface LoadedSettings {
  /** What each one is. */
  settings: Settings;
  /** The same by the name of its flag. */
  values: SettingValues;
  /** Where each one comes from, by the name of its flag. */
  origins: SettingOrigins;
}

/**
 * Loads the settings: what a flag says, else the environment, else the file
 * `account-qwen.yaml`, else the default. What is overruled must be right too.
 *
 * @throws {UsageError} If a variable or a value in the file is of the wrong
 * kind, or the file is no YAML or has an unknown key.
 * @throws {UnsafeFileError} If the file is no file of text, or too large.
 */
export async function loadSettings(
  options: LoadSettingsOptions,
): Promise<LoadedSettings> {
  const { dir, flags = {}, system = realSystem } = options;
  const path = configPath(dir);
  const config = await readConfig(path);
  const found = SETTING_NAMES.map((name) => {
    const { value, origin } = [
      fromFlag(name, flags[name]),
      fromEnvironment(name, system),
      fromFile(name, config, path),
    ].find((it) => it !== undefined) ?? byDefault(name);
    return { name, value, origin };
  });
  // Each value was read as its flag declares.
  const values = Object.fromEntries(
    found.map((it) => [it.name, it.value]),
  ) as SettingValues;
  const origins = Object.fromEntries(
    found.map((it) => [it.name, it.origin]),
  ) as SettingOrigins;
  return { settings: toSettings(values), values, origins };
}

interface Found {
  value: FlagTypes[keyof FlagTypes];
  origin: Origin;
}

function fromFlag(
  name: SettingName,
  value: Found["value"],
): Found | undefined {
  const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined;
  return isGiven
    ? { value, origin: { from: "flag", flag: `--${name}` } }
    : undefined;
}

/** A variable that is empty says nothing; several texts are a line each. */
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
    return value.length > 0 ? { value, origin } : undefined;
  }
  if (text === "") return undefined;
  const checked = checkFlagValue(setting, text);
  if ("problem" in checked) {
    throw new UsageError(
      `Cannot use ${variable}: ${checked.problem}`,
      "config",
      `unset ${variable}`,
    );
  }
  return { value: checked.value, origin };
}

function fromFile(
  name: SettingName,
  config: Config,
  path: string,
): Found | undefined {
  const said = config.get(name);
  return said && {
    value: said.value,
    origin: { from: "file", path, line: said.line },
  };
}

function byDefault(name: SettingName): Found {
  const origin: Origin = { from: "default" };
  const setting = settingOf(name);
  if (setting.defaults) return { value: [...setting.defaults], origin };
  if (setting.default === undefined) return { value: undefined, origin };
  const checked = checkFlagValue(setting, setting.default);
  if ("problem" in checked) throw new TypeError(checked.problem);
  return { value: checked.value, origin };
}

function toSettings(values: SettingValues): Settings {
  return {
    strategy: values.strategy,
    mode: values.mode,
    rerun: values.rerun,
    maxRetries: values["max-retries"],
    timeoutMs: values.timeout,
    waitMs: values.wait,
    bin: values.bin,
    quotaPatterns: values["quota-pattern"],
    maxCooldownQuotaMs: values["max-cooldown-quota"],
    maxCooldownMs: values["max-cooldown"],
    shortPauseMs: values["short-pause"],
    firstByteTimeoutMs: values["first-byte-timeout"],
    backoff: values.backoff,
    backoffBaseMs: values["backoff-base"],
    backoffCapMs: values["backoff-cap"],
    backoffAttempts: values["backoff-attempts"],
    refreshBeforeMs: values["refresh-before"],
    lockTimeoutMs: values["lock-timeout"],
  };
}
