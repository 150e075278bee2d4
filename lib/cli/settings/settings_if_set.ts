import type { AccountReader } from "../../accounts/account_reader.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { findLayout } from "../../disk/layout.ts";
import { runtime } from "../../system/mod.ts";
import { configPath, type SettingName, type Settings } from "../../settings.ts";
import { settingVariable } from "../../setting_lookup.ts";

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
