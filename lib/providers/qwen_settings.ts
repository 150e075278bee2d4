import type { Settings, SettingsPlaces } from "./provider.ts";

/**
 * No version has come to this one: so none writes the file anew to bring it up
 * to its own, while others read it.
 */
const UNCHANGED = 1000;

/** What holds in our runs unless the user or the machine says else. */
export const DEFAULTS: Settings = {
  $version: UNCHANGED,
  // A session would replace the last version that runs OAuth accounts by the
  // newest; up to 0.8.2 it is the one name, from 0.10.1 on the other.
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
  // From 0.15.10 on, a second request after each answer, which costs quota; and
  // 0.24.4 keeps the answer back until that has been answered.
  memory: { enableManagedAutoMemory: false },
};

/**
 * What holds in runs with a key, whatever else says: the CLI would take the key
 * and the address of `modelProviders` (0.12.0, 0.24.4) and the model of
 * `model.name` (0.24.4), and only then those of the environment.
 */
export const KEY_SETTINGS: Settings = {
  $version: UNCHANGED,
  modelProviders: { openai: [] },
  model: { name: "" },
};

/** Each with the files `settings.json` and `system-defaults.json`. */
const MACHINE_FOLDERS = [
  "/etc/qwen-code",
  "/Library/Application Support/QwenCode",
];

/** Where the CLI looks for the settings of a machine. */
export function machineSettings(
  env: Readonly<Record<string, string>>,
): SettingsPlaces {
  const {
    QWEN_CODE_SYSTEM_SETTINGS_PATH: settings,
    QWEN_CODE_SYSTEM_DEFAULTS_PATH: defaults,
  } = env;
  const first = settings
    ? [settings]
    : MACHINE_FOLDERS.map((it) => `${it}/settings.json`);
  const beside = first.map((it) => it.replace(/[^/]*$/, DEFAULTS_NAME));
  return { first, last: defaults ? [defaults] : beside };
}

const DEFAULTS_NAME = "system-defaults.json";
