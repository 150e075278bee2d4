import { formatJson } from "../screen/json.ts";
import {
  configPath,
  settingKey,
  type SettingName,
  settingOf,
} from "./setting_flags.ts";
import type { LoadedSettings, Origin, SettingValues } from "./settings.ts";

const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000 };

/** The settings `names` of the folder `dir`, as the lines of a JSON object. */
export function formatSettings(
  dir: string,
  names: readonly SettingName[],
  { values, origins }: Pick<LoadedSettings, "values" | "origins">,
): string[] {
  const settings = names.map((name) => [
    settingKey(name),
    { ...toJson(name, values), ...origins[name] },
  ]);
  const file = configPath(dir);
  return formatJson({ file, settings: Object.fromEntries(settings) });
}

function toJson(
  name: SettingName,
  values: SettingValues,
): Record<string, unknown> {
  const value = values[name] ?? null;
  return settingOf(name).type === "duration"
    ? { value: describeValue(name, values) ?? null, value_ms: value }
    : { value };
}

/** The value as it may be written into the file; `undefined` if it has none. */
export function describeValue(
  name: SettingName,
  values: SettingValues,
): string | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return JSON.stringify(value);
  return typeof value === "number" && settingOf(name).type === "duration"
    ? formatDuration(value)
    : String(value);
}

/** In the largest unit of which it is a whole number. */
function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const [unit = "ms", unitMs = 1] =
    Object.entries(UNITS_MS).find(([, it]) => ms % it === 0) ?? [];
  return `${ms / unitMs}${unit}`;
}

/** Where a value comes from, in a word or two. */
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
