import { runtime } from "../runtime/mod.ts";
import {
  configPath,
  type SettingName,
  settingVariable,
} from "./setting_flags.ts";
import type { Settings } from "./settings.ts";

/**
 * Loads the settings for the folder `dir` if the environment or the file may
 * say something of the setting `name`; else its default holds, and the code
 * that reads settings need not be loaded.
 *
 * @throws {UsageError} If one of the settings is of the wrong kind.
 * @throws {UnsafeFileError} If the file is no file of text, or too large.
 */
export async function loadSaidSettings(
  dir: string,
  name: SettingName,
): Promise<Settings | undefined> {
  const isSaid = runtime.host.variable(settingVariable(name)) ||
    await runtime.files.info(configPath(dir));
  if (!isSaid) return undefined;
  const { loadSettings } = await import("./settings.ts");
  return (await loadSettings({ dir })).settings;
}
