import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../json.ts";
import {
  configPath,
  SETTING_FLAGS,
  SETTING_NAMES,
  settingKey,
  type SettingName,
  settingOf,
} from "../setting_flags.ts";
import { loadSettings, type Origin, type SettingValues } from "../settings.ts";
import { formatTable } from "../table.ts";
import { program } from "../../program.ts";

const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000 };

/** `account-qwen config`. */
export const config = defineCommand({
  name: "config",
  group: "care",
  summary: "Show each setting and where it comes from",
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG, ...SETTING_FLAGS },
  examples: [
    `${program()} config`,
    `${program()} config --json`,
    `ACCOUNT_QWEN_STRATEGY=sticky ${program()} config --timeout 2m`,
  ],
  async run({ flags, accounts, print, paint }) {
    const { dir } = accounts;
    const { values, origins } = await loadSettings({ dir, flags });
    if (flags.json) {
      const settings = SETTING_NAMES.map((name) => [
        settingKey(name),
        { ...toJson(name, values), ...origins[name] },
      ]);
      const file = configPath(dir);
      print(formatJson({ file, settings: Object.fromEntries(settings) }));
      return EXIT.done;
    }
    const rows = SETTING_NAMES.map((name) => [
      settingKey(name),
      inWords(name, values) ?? "-",
      describeOrigin(origins[name]),
    ]);
    const [heading = "", ...lines] = formatTable([
      ["setting", "value", "from"],
      ...rows,
    ]);
    print(heading, paint.bold);
    for (const line of lines) print(line);
    return EXIT.done;
  },
});

function toJson(
  name: SettingName,
  values: SettingValues,
): Record<string, unknown> {
  const value = values[name] ?? null;
  return settingOf(name).type === "duration"
    ? { value: inWords(name, values) ?? null, value_ms: value }
    : { value };
}

/** The value as it may be written into the file. */
function inWords(name: SettingName, values: SettingValues): string | undefined {
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

function describeOrigin(origin: Origin): string {
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
