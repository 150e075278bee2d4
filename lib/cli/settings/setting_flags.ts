import { DEFAULT_QUOTA_PATTERNS } from "../../verdict/signal.ts";
import type { Flag, FlagValue } from "../line/command.ts";

/** A flag whose value may also come from the environment or from a file. */
export interface Setting extends Flag {
  /** What holds where nothing else is said, in the words of the flag. */
  default?: string;
  /** The same of a list of texts. */
  defaults?: readonly string[];
  /** Its key in the file. @default the flag's name with `_` in place of `-` */
  key?: string;
}

/**
 * Every setting, by its flag. Parser, help and completion read this, and so do
 * the readers of the environment and of `account-qwen.yaml`.
 */
export const SETTING_FLAGS = {
  strategy: {
    type: "choice",
    group: "Account",
    words: ["round-robin", "fill-first", "least-recently-used", "sticky"],
    default: "round-robin",
    value: "NAME",
    summary: "Which account is next: round-robin, fill-first, " +
      "least-recently-used, sticky (default: round-robin)",
  },
  mode: {
    type: "choice",
    group: "Account",
    words: ["auto", "gateway", "link"],
    default: "auto",
    value: "NAME",
    summary: "How qwen reaches an account: gateway, link, or auto, which is " +
      "gateway for keys (default: auto)",
  },
  rerun: {
    type: "choice",
    group: "Retries",
    words: ["safe", "always", "never"],
    default: "safe",
    value: "WHEN",
    summary:
      "When to rerun a prompt: safe (unless a tool was called), always, " +
      "never (default: safe)",
  },
  "max-retries": {
    type: "number",
    group: "Retries",
    default: "5",
    value: "N",
    summary: "Try at most N other accounts (default: 5)",
  },
  timeout: {
    type: "duration",
    group: "Time limits",
    value: "TIME",
    summary: "Stop a run that takes longer, such as 45s or 1h30m",
  },
  wait: {
    type: "duration",
    group: "Time limits",
    bare: "8760h",
    value: "[MAX]",
    summary: "Wait until an account is available (at most MAX)",
  },
  "quota-pattern": {
    type: "texts",
    group: "Quota and cooldowns",
    key: "quota_patterns",
    defaults: DEFAULT_QUOTA_PATTERNS,
    value: "TEXT",
    summary: "Text that means out of quota (replaces the list in config)",
  },
  "max-cooldown-quota": {
    type: "duration",
    group: "Quota and cooldowns",
    default: "24h",
    value: "TIME",
    summary: "The longest cooldown after a quota error (default: 24h)",
  },
  "max-cooldown": {
    type: "duration",
    group: "Quota and cooldowns",
    default: "1h",
    value: "TIME",
    summary: "The longest cooldown after other errors (default: 1h)",
  },
  "short-pause": {
    type: "duration",
    group: "Quota and cooldowns",
    mayBeZero: true,
    default: "10s",
    value: "TIME",
    summary: "Wait for a throttle that ends within TIME (default: 10s)",
  },
  "first-byte-timeout": {
    type: "duration",
    group: "Time limits",
    default: "300s",
    value: "TIME",
    summary: "Gateway: try the next account if no answer begins within TIME " +
      "(default: 300s)",
  },
  backoff: {
    type: "choice",
    group: "Retries",
    words: ["none", "constant", "exponential"],
    default: "none",
    value: "NAME",
    summary: "How to wait after a transient failure: none, constant, " +
      "exponential (default: none)",
  },
  "backoff-base": {
    type: "duration",
    group: "Retries",
    default: "1s",
    value: "TIME",
    summary: "The first wait of a backoff (default: 1s)",
  },
  "backoff-cap": {
    type: "duration",
    group: "Retries",
    default: "30s",
    value: "TIME",
    summary: "The longest wait of a backoff (default: 30s)",
  },
  "backoff-attempts": {
    type: "number",
    group: "Retries",
    default: "3",
    value: "N",
    summary: "Retry at most N times after a transient failure (default: 3)",
  },
  "refresh-before": {
    type: "duration",
    group: "Time limits",
    mayBeZero: true,
    default: "30s",
    value: "TIME",
    summary:
      "Refresh a login that expires within TIME; 0: never (default: 30s)",
  },
  "lock-timeout": {
    type: "duration",
    group: "Time limits",
    default: "30s",
    value: "TIME",
    summary: "Wait at most TIME for the lock of another process (default: 30s)",
  },
  bin: {
    type: "text",
    group: "Program and output",
    default: "qwen",
    value: "PROGRAM",
    offers: "programs",
    summary: "The program to run (default: qwen)",
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting: that of its flag, without dashes before it. */
export type SettingName = keyof typeof SETTING_FLAGS;

/** What a setting may be; absent only where it has no default. */
export type SettingValue<Name extends SettingName> =
  (typeof SETTING_FLAGS)[Name] extends { default: string }
    ? NonNullable<FlagValue<(typeof SETTING_FLAGS)[Name]>>
    : FlagValue<(typeof SETTING_FLAGS)[Name]> | undefined;

/** What is declared of a setting. */
export function settingOf(name: SettingName): Setting {
  return SETTING_FLAGS[name];
}

/** The names of all settings, in the order of their declaration. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTING_FLAGS)
  .filter((it): it is SettingName => it in SETTING_FLAGS);

/** The key of a setting in `account-qwen.yaml`. */
export function settingKey(name: SettingName): string {
  return settingOf(name).key ?? name.replaceAll("-", "_");
}

/** The environment variable of a setting. */
export function settingVariable(name: SettingName): string {
  return `ACCOUNT_QWEN_${settingKey(name).toUpperCase()}`;
}

/** Names the file with the settings in the folder `dir` of the accounts. */
export function configPath(dir: string): string {
  return `${dir}/account-qwen.yaml`;
}
