/**
 * Every setting of a run, declared once: flags, help, environment variables, the
 * keys of the file, completions and options derive from {@linkcode SETTINGS}.
 * @module
 */

import { AGENT_SETTING } from "./agents/agent_setting.ts";
import { chosenAgent } from "./agents/registry.ts";
import { parseReserve } from "./amounts.ts";
import type { CamelCase, FileSettings, Setting, Value } from "./setting.ts";
import { DEFAULT_QUOTA_PATTERNS } from "./verdict/signal.ts";

/** Longer cooldowns and waits are not believed; see `cooldown_length.ts`. */
const LONGEST_COOLDOWN = "32d";

/** The settings by the names of their flags, in the order of the help. */
export const SETTINGS = {
  strategy: {
    type: "choice",
    group: "Account",
    words: [
      "round-robin",
      "fill-first",
      "least-recently-used",
      "sticky",
      "spread",
      "weighted",
    ],
    default: "round-robin",
    value: "NAME",
    summary: "Which account is next: round-robin, fill-first, " +
      "least-recently-used, sticky, spread, weighted",
  },
  "rotate-logins": {
    type: "switch",
    group: "Account",
    default: "false",
    get summary(): string {
      const { homes: { login }, program } = chosenAgent();
      const but = login ? "; read the terms first" : ` (not for ${program})`;
      return `Switch between plan logins automatically${but}`;
    },
  },
  "max-in-flight": {
    type: "number",
    group: "Account",
    default: "0",
    value: "N",
    summary:
      "At most N requests or runs at a time for each account; 0: no limit",
  },
  mode: {
    type: "choice",
    group: "Account",
    words: ["auto", "gateway", "link"],
    default: "auto",
    value: "NAME",
    summary:
      "How the agent reaches an account: gateway, link, or auto, which is " +
      "gateway for keys",
  },
  rerun: {
    type: "choice",
    group: "Retries",
    words: ["safe", "always", "never"],
    default: "safe",
    value: "WHEN",
    summary:
      "Continue with another account: safe (no tool runs twice), always, " +
      "never",
  },
  "max-retries": {
    type: "number",
    group: "Retries",
    default: "5",
    value: "N",
    summary: "Try at most N other accounts",
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
    most: LONGEST_COOLDOWN,
    default: "24h",
    value: "TIME",
    summary: "The longest cooldown after a quota error, if no reset is known",
  },
  "max-cooldown": {
    type: "duration",
    group: "Quota and cooldowns",
    most: LONGEST_COOLDOWN,
    default: "1h",
    value: "TIME",
    summary: "The longest cooldown after other errors",
  },
  "probe-every": {
    type: "duration",
    group: "Quota and cooldowns",
    most: LONGEST_COOLDOWN,
    default: "30m",
    value: "TIME",
    summary:
      "Try a key again every TIME if its reset is later than --max-cooldown-quota",
  },
  "short-pause": {
    type: "duration",
    group: "Quota and cooldowns",
    mayBeZero: true,
    default: "10s",
    value: "TIME",
    summary: "Wait for a throttle that ends within TIME",
  },
  "first-byte-timeout": {
    type: "duration",
    group: "Time limits",
    default: "300s",
    value: "TIME",
    summary: "Gateway: try the next account if no answer begins within TIME",
  },
  backoff: {
    type: "choice",
    group: "Retries",
    words: ["none", "constant", "exponential"],
    default: "none",
    value: "NAME",
    summary: "How to wait after a transient failure: none, constant, " +
      "exponential",
  },
  "backoff-base": {
    type: "duration",
    group: "Retries",
    most: LONGEST_COOLDOWN,
    default: "1s",
    value: "TIME",
    summary: "The first wait of a backoff",
  },
  "backoff-cap": {
    type: "duration",
    group: "Retries",
    most: LONGEST_COOLDOWN,
    default: "30s",
    value: "TIME",
    summary: "The longest wait of a backoff",
  },
  "backoff-attempts": {
    type: "number",
    group: "Retries",
    default: "3",
    value: "N",
    summary: "Retry at most N times after a transient failure",
  },
  "queue-timeout": {
    type: "duration",
    group: "Time limits",
    mayBeZero: true,
    default: "100s",
    value: "TIME",
    summary: "Wait at most TIME until an account has room (--max-in-flight)",
  },
  "refresh-before": {
    type: "duration",
    group: "Time limits",
    mayBeZero: true,
    default: "30s",
    value: "TIME",
    get summary(): string {
      const { login, program } = chosenAgent();
      const but = login ? "" : ` (not for ${program})`;
      return `Refresh a login that expires within TIME; 0: never${but}`;
    },
  },
  // Enough for the slowest disk with dozens of processes in the queue.
  "lock-timeout": {
    type: "duration",
    group: "Time limits",
    default: "30s",
    value: "TIME",
    summary: "Give up if another process holds the lock for TIME",
  },
  "count-usage": {
    type: "choice",
    group: "Quota and cooldowns",
    words: ["auto", "off"],
    default: "auto",
    value: "WHEN",
    summary: "Count the requests and tokens of each account: auto, off",
  },
  "rotate-at": {
    type: "percent",
    group: "Quota and cooldowns",
    default: "off",
    value: "PERCENT",
    summary: "Leave an account before its limit, when PERCENT of it is used",
  },
  reserve: {
    type: "texts",
    group: "Quota and cooldowns",
    defaults: [],
    value: "TEXT",
    form: {
      is: (text: string) => parseReserve(text) !== undefined,
      name: 'a reserve (examples: "20% for ci", "work: 50 requests for ci")',
      example: "20% for ci",
    },
    summary: "Keep a part of an account for --for LABEL: '20% for ci'",
  },
  for: {
    type: "text",
    group: "Quota and cooldowns",
    value: "LABEL",
    summary: "Use what --reserve keeps for LABEL",
  },
  cli: AGENT_SETTING,
  bin: {
    type: "text",
    group: "Program and output",
    // When it is read, the agent is chosen.
    get default(): string {
      return chosenAgent().program;
    },
    value: "PROGRAM",
    offers: "programs",
    summary: "The program to run",
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting, which is its flag without the dashes. */
export type SettingName = keyof typeof SETTINGS;

type SettingType<Name extends SettingName> = (typeof SETTINGS)[Name];

/** The value of a setting; `undefined` only if it has no default. */
export type SettingValue<Name extends SettingName> = SettingType<Name> extends
  { default: string } | { defaults: readonly string[] }
  ? Value<SettingType<Name>>
  : Value<SettingType<Name>> | undefined;

/** The name of a setting among the options of a call; see {@linkcode optionOf}. */
export type OptionName<Name extends SettingName> = {
  [Each in SettingName]: `${CamelCase<KeyOf<Each>>}${UnitOf<Each>}`;
}[Name];

type KeyOf<Name extends SettingName> = SettingType<Name> extends
  { key: infer Key extends string } ? Key : Name;

type UnitOf<Name extends SettingName> = SettingType<Name> extends
  { type: "duration" } ? "Ms" : "";

/** The value of every setting, by the name of its option. */
export type Settings =
  & { [Name in SettingName as OptionName<Name>]: SettingValue<Name> }
  & FileSettings;

/** The names of all settings, in the order of their declaration. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS)
  .filter((it): it is SettingName => it in SETTINGS);

/** The largest file with settings that is read, bytes. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/** Returns the path of the file with the settings for the accounts in `dir`. */
export function configPath(dir: string): string {
  return `${dir}/account-qwen.yaml`;
}
