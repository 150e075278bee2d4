import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DEFAULT_QUOTA_PATTERNS } from "../../lib/verdict/signal.ts";
import { COMMANDS } from "../support/commands.ts";
import { parseCommandLine } from "../../lib/cli/line/parse.ts";
import {
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from "../../lib/settings.ts";
import {
  defaultSettings,
  optionOf,
  settingKey,
  settingOf,
  settingVariable,
} from "../../lib/setting_lookup.ts";
import type { Setting } from "../../lib/setting.ts";
import { checkFlagValue } from "../../lib/cli/line/flag_value.ts";
import {
  loadSettings,
  SETTING_FLAGS,
} from "../../lib/cli/settings/settings.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("loadSettings() returns the defaults when nothing is set", async () => {
  await using dir = await tempDir();
  const { settings, origins } = await loadSettings({
    dir: dir.path,
    flags: { "quota-pattern": [], timeout: undefined },
    system: environment({ ACCOUNT_QWEN_BIN: "", ACCOUNT_QWEN_TIMEOUT: "" }),
  });
  assertEquals(settings, defaultSettings());
  for (const name of SETTING_NAMES) {
    assertEquals(origins[name], { from: "default" });
  }
});

/** For each type a text other than the default, and its value. */
const SAMPLES: Record<Setting["type"], [text: string, value: unknown]> = {
  choice: ["", ""],
  number: ["7", 7],
  duration: ["45s", 45_000],
  percent: ["90%", 90],
  switch: ["true", true],
  text: ["/x/qwen", "/x/qwen"],
  texts: ["no tokens", ["no tokens"]],
};

function sampleOf(
  { form, type, words }: Setting,
): [text: string, value: unknown] {
  if (form) return ["20% for ci", ["20% for ci"]];
  const word = words?.at(-1);
  return word === undefined ? SAMPLES[type] : [word, word];
}

for (const name of SETTING_NAMES) {
  const [text, value] = sampleOf(settingOf(name));
  const expected = { ...defaultSettings(), [optionOf(name)]: value };
  const key = settingKey(name);
  const variable = settingVariable(name);
  const { type } = settingOf(name);

  Deno.test(`loadSettings() reads --${name}`, async () => {
    await using dir = await tempDir();
    const argv = ["config", `--${name}`, text];
    const { flags } = parseCommandLine(argv, COMMANDS);
    const { settings, origins } = await loadSettings({
      dir: dir.path,
      flags: { [name]: flags[name] },
      system: environment({}),
    });
    assertEquals(settings, expected);
    assertEquals(origins[name], { from: "flag", flag: `--${name}` });
  });

  Deno.test(`loadSettings() reads ${variable}`, async () => {
    await using dir = await tempDir();
    const { settings, origins } = await loadSettings({
      dir: dir.path,
      system: environment({ [variable]: text }),
    });
    assertEquals(settings, expected);
    assertEquals(origins[name], { from: "environment", variable });
  });

  Deno.test(`loadSettings() reads ${key} of the file`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/account-qwen.yaml`;
    const yaml = type === "texts" ? `[${text}]` : text;
    await Deno.writeTextFile(path, `# mine\n${key}: ${yaml}\n`);
    const { settings, origins } = await loadSettings({
      dir: dir.path,
      system: environment({}),
    });
    assertEquals(settings, expected);
    assertEquals(origins[name], { from: "file", path, line: 2 });
  });
}

Deno.test("loadSettings() prefers a flag to the environment, and that to the file", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/account-qwen.yaml`;
  await Deno.writeTextFile(path, "bin: a\nmax_retries: 1\ntimeout: 1s\n");
  const { settings, origins } = await loadSettings({
    dir: dir.path,
    flags: { "max-retries": 0 },
    system: environment({
      ACCOUNT_QWEN_MAX_RETRIES: "2",
      ACCOUNT_QWEN_TIMEOUT: "2s",
    }),
  });
  const { bin, maxRetries, timeoutMs } = settings;
  assertEquals({ bin, maxRetries, timeoutMs }, {
    bin: "a",
    maxRetries: 0,
    timeoutMs: 2_000,
  });
  assertEquals(origins.bin.from, "file");
  assertEquals(origins["max-retries"].from, "flag");
  assertEquals(origins.timeout.from, "environment");
});

Deno.test("loadSettings() reads several texts from the lines of a variable", async () => {
  await using dir = await tempDir();
  const { settings } = await loadSettings({
    dir: dir.path,
    system: environment({
      ACCOUNT_QWEN_QUOTA_PATTERNS: "no tokens, none\r\n\n429\n",
    }),
  });
  assertEquals(settings.quotaPatterns, ["no tokens, none", "429"]);
});

Deno.test("loadSettings() reads --no-rotate-logins", async () => {
  await using dir = await tempDir();
  const argv = ["config", "--no-rotate-logins"];
  const { flags } = parseCommandLine(argv, COMMANDS);
  const { settings, origins } = await loadSettings({
    dir: dir.path,
    flags: { "rotate-logins": flags["rotate-logins"] === true },
    system: environment({ ACCOUNT_QWEN_ROTATE_LOGINS: "1" }),
  });
  assertEquals(flags["rotate-logins"], false);
  assertEquals(settings.rotateLogins, false);
  assertEquals(origins["rotate-logins"], {
    from: "flag",
    flag: "--no-rotate-logins",
  });
});

const WRONG: Record<string, [value: string, problem: string]> = {
  ACCOUNT_QWEN_STRATEGY: ["best", '"best" is not one of round-robin, '],
  ACCOUNT_QWEN_ROTATE_LOGINS: ["maybe", '"maybe" is not true or false'],
  ACCOUNT_QWEN_MAX_RETRIES: ["-1", '"-1" is not a whole number'],
  ACCOUNT_QWEN_LOCK_TIMEOUT: [
    "0",
    '"0" is not a duration (examples: 45s, 2m, 1h30m)',
  ],
};

for (const [variable, [value, problem]] of Object.entries(WRONG)) {
  Deno.test(`loadSettings() throws for ${variable}=${value}`, async () => {
    await using dir = await tempDir();
    const system = environment({ [variable]: value });
    await assertRejects(
      () => loadSettings({ dir: dir.path, system }),
      UsageError,
      `Cannot use ${variable}: ${problem}`,
    );
  });
}

Deno.test("loadSettings() throws for a wrong variable even if a flag overrides it", async () => {
  await using dir = await tempDir();
  await assertRejects(
    () =>
      loadSettings({
        dir: dir.path,
        flags: { timeout: 1_000 },
        system: environment({ ACCOUNT_QWEN_TIMEOUT: "soon" }),
      }),
    UsageError,
    "Cannot use ACCOUNT_QWEN_TIMEOUT: ",
  );
});

const NAMES: [SettingName, keyof Settings, key: string, value: unknown][] = [
  ["strategy", "strategy", "strategy", "round-robin"],
  ["max-retries", "maxRetries", "max_retries", 5],
  ["first-byte-timeout", "firstByteTimeoutMs", "first_byte_timeout", 300_000],
  ["quota-pattern", "quotaPatterns", "quota_patterns", DEFAULT_QUOTA_PATTERNS],
  ["wait", "waitMs", "wait", undefined],
];

for (const [name, option, key, value] of NAMES) {
  Deno.test(`--${name} is ${key} in the file and the option ${option}`, () => {
    assertEquals([optionOf(name), settingKey(name)], [option, key]);
    assertEquals(defaultSettings()[option], value);
  });
}

for (const name of SETTING_NAMES) {
  const setting = settingOf(name);
  Deno.test(`the default of --${name} is one of its values`, () => {
    if (setting.default === undefined) return;
    assertEquals(checkFlagValue(setting, setting.default), {
      value: defaultSettings()[optionOf(name)],
    });
  });

  Deno.test(`the help names the default and the words of --${name}`, () => {
    const { summary } = SETTING_FLAGS[name];
    const told = /\(default: (.+)\)$/.exec(summary)?.[1];
    assertEquals(told, setting.default);
    for (const word of setting.words ?? []) {
      assert(summary.includes(word), word);
    }
  });
}

Deno.test("the docs list the settings that the code declares", async () => {
  const path = `${CHECKOUT}/.github/docs/settings.md`;
  const text = await Deno.readTextFile(path);
  const table = /(?<=\n\n)\| flag (?:.+\n)+/;
  const expected = text.replace(table, formatSettingsTable);
  if (Deno.env.get("UPDATE_GOLDENS")) await Deno.writeTextFile(path, expected);
  assertEquals(await Deno.readTextFile(path), expected);
  assertMatch(expected, table);
});

function formatSettingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { default: value, defaults, summary } = settingOf(name);
    const shown = value ?? (defaults ? "a list" : "");
    return [`\`--${name}\``, `\`${settingKey(name)}\``, shown, summary];
  });
  const all = [["flag", "key", "default", "meaning"], ...rows];
  const widths = [0, 1, 2, 3].map((at) =>
    Math.max(...all.map((row) => row[at]?.length ?? 0))
  );
  const lines = all.map((row) =>
    row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")
  );
  const rule = widths.map((it) => "-".repeat(it)).join(" | ");
  return lines.toSpliced(1, 0, rule).map((it) => `| ${it} |\n`).join("");
}

function environment(
  variables: Readonly<Record<string, string>>,
): { env(name: string): string | undefined } {
  return { env: (name) => variables[name] };
}
