import type {
  LoginSources,
  Settings,
  SettingsPlaces,
} from "../settings_format.ts";

/**
 * A version number that no release has reached, so that no release rewrites the
 * file to upgrade it while others read it.
 */
const UNCHANGED = 1000;

/** Defaults for our runs; the user and the machine can override them. */
export const DEFAULTS: Settings = {
  $version: UNCHANGED,
  // Without this, a session would update the last version that runs logins. The
  // first name counts up to 0.8.2, the second from 0.10.1.
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
  // From 0.15.10 this sends a second request after each answer, which uses up
  // quota, and 0.24.4 withholds the answer until it is done.
  memory: { enableManagedAutoMemory: false },
};

/**
 * Settings for runs with a key, which override all others. Otherwise the agent
 * would prefer the key and address in `modelProviders` (0.12.0, 0.24.4) and the
 * model in `model.name` (0.24.4) to those in the environment.
 */
export const KEY_SETTINGS: Settings = {
  $version: UNCHANGED,
  modelProviders: { openai: [] },
  model: { name: "" },
};

/** Folders that contain `settings.json` and `system-defaults.json`. */
const MACHINE_FOLDERS = [
  "/etc/qwen-code",
  "/Library/Application Support/QwenCode",
];

/** Returns where the agent looks for settings of the machine. */
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

/** Returns where the user keeps keys and logins; both folders lack a last slash. */
export function sources(
  { cwd, home, env: { QWEN_HOME } }: {
    cwd: string;
    home: string;
    env: Readonly<Record<string, string>>;
  },
): LoginSources {
  const folders = [`${home}/.qwen`];
  // From 0.21.2 on.
  if (QWEN_HOME) folders.unshift(QWEN_HOME.replace(/\/+$/, ""));
  return {
    ofUser: folders.map((it) => `${it}/settings.json`),
    ofProject: [`${cwd}/.qwen/settings.json`],
    envFiles: [".qwen/.env", ".env"],
    logins: [`${home}/.agent/qwen/oauth_creds.json`],
  };
}
