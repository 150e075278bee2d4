import { formatJson } from "../screen/json.ts";
import type { VerdictRule } from "../../verdict/user_rules.ts";
import { configPath, type SettingName, type Settings } from "../../settings.ts";
import { optionOf, settingKey, settingOf } from "../../setting_lookup.ts";
import type { LoadedSettings, Origin } from "./settings.ts";

const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000 };

/**
 * Formats the settings `names` of the folder `dir` as the lines of a JSON
 * object.
 */
export function formatSettings(
  dir: string,
  names: readonly SettingName[],
  { settings, origins }: LoadedSettings,
): string[] {
  const entries = names.map((name) =>
    [settingKey(name), { ...toJson(name, settings), ...origins[name] }] as const
  );
  const parts = partsOf({ settings, origins }).map(({ key, value, origin }) =>
    [key, { value, ...origin }] as const
  );
  const all = [...entries, ...(names.length === 1 ? [] : parts)];
  return formatJson({
    file: configPath(dir),
    settings: Object.fromEntries(all),
  });
}

/**
 * Returns the settings that only the file can have, with a line for each part:
 * the rules, and the verdicts in `backoff`, which override the other settings
 * about backoffs.
 */
export function partsOf(
  { settings, origins }: LoadedSettings,
): { key: string; value: string[]; origin: Origin }[] {
  const { rules, backoffs } = settings;
  const verdicts = Object.entries(backoffs).filter(([, it]) => it)
    .map(([name]) => name);
  return [
    {
      key: "rules",
      value: rules.map((it) => `${describeConditions(it)}: ${it.verdict}`),
      origin: origins.rules,
    },
    { key: "backoff_by_verdict", value: verdicts, origin: origins.backoffs },
  ].flatMap(({ origin, ...it }) =>
    origin && it.value.length > 0 ? [{ ...it, origin }] : []
  );
}

/** Describes which errors a rule is about. */
export function describeConditions(
  { status, text, pattern, service }: VerdictRule,
): string {
  return [
    ...(status ? [`status ${status.join(", ")}`] : []),
    ...(text === undefined ? [] : [`text ${JSON.stringify(text)}`]),
    ...(pattern === undefined ? [] : [`pattern ${JSON.stringify(pattern)}`]),
    ...(service === undefined ? [] : [`service ${service}`]),
  ].join(", ");
}

function toJson(
  name: SettingName,
  settings: Settings,
): Record<string, unknown> {
  const value = settings[optionOf(name)] ?? null;
  return settingOf(name).type === "duration"
    ? { value: describeValue(name, settings) ?? null, value_ms: value }
    : { value };
}

/**
 * Returns the value as the file would have it; `undefined` if there is none.
 */
export function describeValue(
  name: SettingName,
  settings: Settings,
): string | undefined {
  const value = settings[optionOf(name)];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return JSON.stringify(value);
  const { type } = settingOf(name);
  if (typeof value !== "number") return String(value);
  if (type === "percent") return value === 0 ? "off" : `${value}%`;
  return type === "duration" ? formatDuration(value) : String(value);
}

/** Formats a duration in the largest unit that gives a whole number. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const [unit = "ms", unitMs = 1] =
    Object.entries(UNITS_MS).find(([, it]) => ms % it === 0) ?? [];
  return `${ms / unitMs}${unit}`;
}

/** Returns where a value comes from, in a word or two. */
export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case "flag":
      return origin.flag;
    case "environment":
      return origin.variable;
    case "file":
      return `${origin.path}:${origin.line}`;
    case "default":
      return "default";
  }
}
