/**
 * What a command needs of the settings without loading the code that reads them.
 *
 * @module
 */

import type { AccountReader } from "../../accounts/account_reader.ts";
import { chosenAgent, DEFAULT_AGENT } from "../../agents/registry.ts";
import { findLayout } from "../../disk/layout.ts";
import { settingVariable } from "../../setting_lookup.ts";
import {
  configPath,
  MAX_CONFIG_BYTES,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from "../../settings.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import { nearest } from "../line/nearest.ts";

/**
 * Loads the settings for the folder `dir` if the environment or the file may
 * set one of `names`. Otherwise these have their defaults, and the code that
 * reads settings is not loaded.
 *
 * @throws {UsageError} If a setting has an invalid value.
 * @throws {FileError} If the file is not a text file, or too large.
 */
export async function loadSettingsIfSet(
  dir: string,
  ...names: SettingName[]
): Promise<Settings | undefined> {
  const isSaid =
    names.some((it) => runtime.host.variable(settingVariable(it))) ||
    await runtime.files.info(configPath(dir));
  if (!isSaid) return undefined;
  const { loadSettings } = await import("./settings.ts");
  return (await loadSettings({ dir })).settings;
}

/**
 * Returns `reader`, or one that knows which accounts the settings keep for some
 * runs or let runs leave early. Invalid settings count as none: commands that
 * need them report that.
 */
export async function withQuotaSettings(
  reader: AccountReader,
): Promise<AccountReader> {
  const settings = await loadSettingsIfSet(reader.dir, "reserve", "rotate-at")
    .catch(() => undefined);
  if (!settings) return reader;
  const { reserve, rotateAt, for: name } = settings;
  if (reserve.length === 0 && rotateAt === 0) return reader;
  const { AccountReader } = await import("../../accounts/account_reader.ts");
  return new AccountReader({ ...reader.options, reserve, rotateAt, for: name });
}

/**
 * Whether the settings of the folder `dir` let rotation switch between plan
 * logins of the chosen agent; `false` if they are invalid. Commands that need
 * the settings report that; the others still do their work.
 */
export async function rotatesLogins(
  dir: string | undefined,
): Promise<boolean> {
  if (!chosenAgent().homes.login) return false;
  try {
    const { root } = findLayout({ dir });
    const settings = await loadSettingsIfSet(root, "rotate-logins");
    return settings?.rotateLogins ?? false;
  } catch {
    return false;
  }
}

/**
 * Returns the agent that the settings choose for the accounts in `dir`, by
 * default those of the default agent; `undefined` if they choose none.
 *
 * @throws {UsageError} If the file is not valid.
 * @throws The system's error if it cannot be read.
 */
export async function loadChosenAgent(
  dir: string | undefined,
): Promise<string | undefined> {
  const path = configPath(findLayout({ dir, agent: DEFAULT_AGENT }).root);
  const bytes = await runtime.files.read(path, MAX_CONFIG_BYTES);
  // Most files choose no agent, and the YAML parser takes long to load.
  if (!/\bcli\b/.test(new TextDecoder().decode(bytes))) return undefined;
  const { readConfig } = await import("./config.ts");
  const value = (await readConfig(path)).get("cli")?.value;
  return value === undefined ? undefined : String(value);
}

const PREFIX = "ACCOUNT_QWEN_";

/** Our variables that are not settings. */
const OTHERS = [
  "DEPTH",
  "DIR",
  "OAUTH_URL",
  "RELEASES",
  "RUN",
  "RUN_DIRS",
  "RUN_HOME",
  "RUN_KIND",
  "RUN_NODE_OPTIONS",
].map((it) => `${PREFIX}${it}`);

/**
 * Reports, in one line, the variables in `env` that look like misspellings of
 * ours and so have no effect. Other variables may belong to the user.
 */
export function reportUnknownVariables(
  env: Readonly<Record<string, string>>,
  notify: Notify,
): void {
  const names = Object.keys(env).filter((it) => /^ACCOUNT_?QWEN_/i.test(it));
  if (names.length === 0) return;
  const settings = SETTING_NAMES.map(settingVariable);
  const known = new Set([...settings, ...OTHERS]);
  const candidates = [...settings, `${PREFIX}DIR`].map(withoutPrefix);
  const unknown = names.filter((it) => !known.has(it)).toSorted();
  const guesses = unknown.flatMap((name) => {
    const guess = nearest(withoutPrefix(name), candidates);
    return guess === undefined
      ? []
      : [`${name} (did you mean ${PREFIX}${guess}?)`];
  });
  if (guesses.length > 0) {
    notify(`ignored in the environment: ${guesses.join(", ")}`);
  }
}

function withoutPrefix(name: string): string {
  return name.replace(/^ACCOUNT_?QWEN_/i, "");
}
