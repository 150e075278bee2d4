/**
 * What follows from the declaration of a setting: its names elsewhere, and its
 * default.
 *
 * @module
 */

import { parseDuration, parsePercent } from "./amounts.ts";
import type { Setting } from "./setting.ts";
import {
  type OptionName,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
  type Settings,
  type SettingValue,
} from "./settings.ts";

/** Returns the declaration of a setting. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}

/** Returns the key of a setting in `account-qwen.yaml`. */
export function settingKey(name: SettingName): string {
  return settingOf(name).key ?? name.replaceAll("-", "_");
}

/** Returns the environment variable of a setting. */
export function settingVariable(name: SettingName): string {
  return `ACCOUNT_QWEN_${settingKey(name).toUpperCase()}`;
}

/**
 * Returns the name of a setting among the options of a call: `first-byte-timeout`
 * is `firstByteTimeoutMs`, because it is a duration.
 */
export function optionOf<Name extends SettingName>(
  name: Name,
): OptionName<Name> {
  const unit = settingOf(name).type === "duration" ? "Ms" : "";
  const camel = settingKey(name).replace(/_(.)/g, (_, it) => it.toUpperCase());
  return `${camel}${unit}` as OptionName<Name>;
}

/** Returns the settings with the values that `valueOf` returns. */
export function settingsFrom(
  valueOf: (name: SettingName) => unknown,
): Settings {
  const own = SETTING_NAMES.map((it) => [optionOf(it), valueOf(it)] as const);
  const all = { rules: [], backoffs: {}, ...Object.fromEntries(own) };
  return all as unknown as Settings; // `valueOf` returns what is declared
}

/** Returns the default of a setting. */
export function defaultOf<Name extends SettingName>(
  name: Name,
): SettingValue<Name>;
export function defaultOf(name: SettingName): unknown {
  const { type, default: text, defaults } = settingOf(name);
  if (text === undefined) return defaults;
  if (type === "duration") return parseDuration(text);
  if (type === "switch") return text === "true";
  if (type === "percent") return parsePercent(text);
  return type === "number" ? Number(text) : text;
}

/** Returns the defaults of all settings. */
export function defaultSettings(): Settings {
  return settingsFrom(defaultOf);
}
