import { runtime } from "../system/mod.ts";
import {
  configPath,
  type SettingName,
  type Settings,
  settingVariable,
} from "../settings.ts";

/**
 * Loads the settings for the folder `dir` if the environment or the file may
 * set `name`. Otherwise the setting has its default, and the code that reads
 * settings is not loaded.
 *
 * @throws {UsageError} If a setting has an invalid value.
 * @throws {FileError} If the file is not a text file, or too large.
 */
export async function loadSettingsIfSet(
  dir: string,
  name: SettingName,
): Promise<Settings | undefined> {
  const isSaid = runtime.host.variable(settingVariable(name)) ||
    await runtime.files.info(configPath(dir));
  if (!isSaid) return undefined;
  const { loadSettings } = await import("./settings/settings.ts");
  return (await loadSettings({ dir })).settings;
}
