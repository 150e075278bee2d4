import { type CommandContext, defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import {
  describeOrigin,
  describeValue,
  formatSettings,
  partsOf,
} from "../settings/setting_words.ts";
import type { NewValue } from "../settings/config_entry.ts";
import { checkFlagValue } from "../line/flag_value.ts";
import { didYouMean, nearest } from "../line/nearest.ts";
import { configPath, SETTING_NAMES, type SettingName } from "../../settings.ts";
import { optionOf, settingKey, settingOf } from "../../setting_lookup.ts";
import type { Setting } from "../../setting.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { reservesAgainst, unknownIn } from "../../quota/room.ts";
import { NOTIFY_KEY } from "../../notify/targets.ts";
import {
  choosingFolder,
  loadSettings,
  RUN_FLAGS,
} from "../settings/settings.ts";
import { cannotRun, chooseAction, UsageError } from "../line/usage_error.ts";
import { printTable } from "../screen/table.ts";
import { agentInvocation, invocation } from "../../program.ts";

const FLAGS = { ...JSON_FLAGS, ...RUN_FLAGS };

type Context = CommandContext<typeof FLAGS>;

const ACTIONS = {
  get: { least: 1, most: 1, run: get },
  set: { least: 2, most: Infinity, run: set },
  unset: { least: 1, most: 1, run: unset },
  edit: { least: 0, most: 0, run: edit },
  path: { least: 0, most: 0, run: path },
};

/** `account-qwen config`. */
export const config = defineCommand({
  name: "config",
  group: "care",
  summary: "Show the settings and their sources, or change them",
  usage: "[get KEY | set KEY VALUE | unset KEY | edit | path]",
  args: { least: 0, most: Infinity },
  onlyReads: true,
  offers: [Object.keys(ACTIONS), SETTING_NAMES.map(settingKey)],
  flags: FLAGS,
  notes: [
    "set and unset change account-qwen.yaml and keep its comments. A list takes " +
    "several values. edit opens the file in VISUAL or EDITOR and saves it only " +
    "if it is valid.",
  ],
  examples: [
    "config",
    "config get strategy",
    "config set strategy fill-first",
    "config set quota_patterns insufficient_quota 429",
    "config unset timeout",
    "config edit",
    "config path",
    `ACCOUNT_QWEN_STRATEGY=sticky ${agentInvocation()} config --timeout 2m`,
  ],
  async run(context) {
    const [action, ...args] = context.args;
    if (action === undefined) return await show(context);
    const chosen = chooseAction("config", action, ACTIONS);
    if (args.length < chosen.least) {
      const name = chosen.run === set && args[0] !== undefined
        ? findSetting(args[0])
        : undefined;
      throw mistake(
        `${action} needs ${chosen.least > 1 ? "KEY VALUE" : "KEY"}`,
        name && exampleOfSet(name),
      );
    }
    if (args.length > chosen.most) {
      throw mistake(`unexpected argument "${args[chosen.most]}"`);
    }
    const { flags, reader, answer, print, notify } = context;
    const { dir } = reader;
    return await chosen.run({
      flags,
      dir,
      args,
      reader,
      answer,
      print,
      notify,
    });
  },
});

function mistake(problem: string, hint?: string) {
  return cannotRun("config", problem, hint);
}

async function show({ flags, reader, print, paint }: Context) {
  const { dir } = reader;
  const loaded = await loadSettings({ dir, flags });
  if (flags.json) return print(formatSettings(dir, SETTING_NAMES, loaded));
  const rows = SETTING_NAMES.map((name) => [
    settingKey(name),
    describeValue(name, loaded.settings) ?? "-",
    describeOrigin(loaded.origins[name]),
  ]);
  for (const { key, value, origin } of partsOf(loaded)) {
    rows.push([key, value.join("; "), describeOrigin(origin)]);
  }
  const heads = ["setting", "value", "from"];
  printTable([heads, ...rows], { print, paint, shrinkable: [1, 2] });
}

/** What an action works with; `args` are the words after it. */
type ActionContext =
  & Pick<Context, "flags" | "args" | "reader" | "answer" | "print" | "notify">
  & { dir: string };

async function get(
  { args: [word = ""], flags, dir, print, notify }: ActionContext,
) {
  const name = findSetting(word);
  const loaded = await loadSettings({ dir, flags });
  if (flags.json) return print(formatSettings(dir, [name], loaded));
  const value = loaded.settings[optionOf(name)];
  if (value === undefined) {
    notify(`${settingKey(name)} is not set`);
    return EXIT.failed;
  }
  print(
    Array.isArray(value) ? value : describeValue(name, loaded.settings) ?? "",
  );
}

async function set({ args: [word = "", ...texts], ...context }: ActionContext) {
  const name = findSetting(word);
  await change(context, name, valueOf(name, texts));
  if (name !== "reserve") return;
  const accounts = await context.reader.listAccounts();
  if (accounts.length === 0) return; // they may be added later
  const reserves = reservesAgainst(texts, undefined);
  for (const it of unknownIn(reserves, accounts)) context.notify(it);
}

async function unset({ args: [word = ""], ...context }: ActionContext) {
  return await change(context, findSetting(word), undefined);
}

async function change(
  { dir: given, flags, print, notify }: Omit<ActionContext, "args">,
  name: SettingName,
  value: NewValue,
) {
  const { saveSetting } = await import("../settings/config_file.ts");
  const dir = name === "cli" ? choosingFolder(given) : given;
  const path = configPath(dir);
  const key = settingKey(name);
  await saveSetting(dir, name, value);
  try {
    const loaded = await loadSettings({ dir });
    if (flags.json) return print(formatSettings(dir, [name], loaded));
    const now = describeValue(name, loaded.settings);
    const { from } = loaded.origins[name];
    const note = now !== undefined && from === "default" ? " (default)" : "";
    print(`${key} is ${now ?? "not set"}${note}`);
    if (from === "environment") {
      notify(`${describeOrigin(loaded.origins[name])} overrides the file`);
    }
  } catch (error) {
    // Another entry of the file is invalid.
    if (!(error instanceof UsageError)) throw error;
    print(
      `${key} is ${value === undefined ? "removed from" : "saved in"} ${path}`,
    );
    notify(error.message);
  }
}

async function edit({ dir, print }: ActionContext) {
  const { editConfig } = await import("../settings/config_file.ts");
  const outcome = await editConfig(dir);
  print(`${configPath(dir)} is ${outcome}`);
  return outcome === "not saved" ? EXIT.failed : EXIT.done;
}

function path({ dir, answer }: ActionContext) {
  const file = configPath(dir);
  answer({ file, settings: {} }, file);
}

/** Finds a setting by its key or its flag. */
function findSetting(word: string): SettingName {
  const key = word.replace(/^--/, "").replaceAll("-", "_");
  const name = SETTING_NAMES.find((it) =>
    settingKey(it) === key || it.replaceAll("-", "_") === key
  );
  if (name !== undefined) return name;
  if (key === NOTIFY_KEY || key === "rules") {
    const [other, hint] = key === "rules"
      ? ["config edit changes", "rules"]
      : ["notify list shows", "config edit"];
    throw mistake(
      `${key} is a section of the file (${other} it)`,
      `${invocation()} ${hint}`,
    );
  }
  const guess = didYouMean(key, SETTING_NAMES.map(settingKey));
  const hint = guess ? undefined : `${invocation()} config`;
  throw mistake(`unknown setting "${word}"${guess}`, hint);
}

/** Returns the hint for a value that setting `name` cannot have. */
function exampleOfSet(name: SettingName, typed = ""): string {
  const value = validValue(settingOf(name), typed);
  const word = value.includes(" ") ? shellWord(value) : value;
  const command = `${agentInvocation()} config set`;
  return `for example: ${command} ${settingKey(name)} ${word}`;
}

/** Returns a value that `setting` can have, near `typed` if one is. */
function validValue(
  { type, words = [], default: usual, defaults = [], form }: Setting,
  typed: string,
): string {
  switch (type) {
    case "choice":
      return nearest(typed, words) ?? words.find((it) => it !== usual) ?? "";
    case "switch":
      return "true";
    case "percent":
      return "90%";
    case "number":
      return usual === "0" || usual === undefined ? "4" : usual;
    case "duration":
      return usual ?? "90s";
    case "texts":
      return form?.example ?? defaults.at(-1) ?? "ci";
    case "text":
      return usual ?? "ci";
  }
}

/** Returns the words as a value for the file, where a duration stays text. */
function valueOf(name: SettingName, texts: readonly string[]) {
  const setting = settingOf(name);
  const checked = texts.map((text) => {
    const result = checkFlagValue(setting, text);
    if (!("problem" in result)) return result.value;
    throw new UsageError(
      `Cannot set ${settingKey(name)}: ${result.problem}`,
      exampleOfSet(name, text),
    );
  });
  if (setting.type === "texts") return [...texts];
  if (texts[1] !== undefined) {
    throw mistake(`unexpected argument "${texts[1]}"`);
  }
  const isText = setting.type !== "number" && setting.type !== "switch";
  return isText ? texts[0] : checked[0];
}
