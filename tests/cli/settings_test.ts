import { assert, assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_QUOTA_PATTERNS } from "../../lib/verdict/signal.ts";
import { COMMANDS } from "../../lib/cli/line/commands.ts";
import { parseCommandLine } from "../../lib/cli/line/parse.ts";
import {
  SETTING_NAMES,
  settingKey,
  type SettingName,
  settingOf,
  settingVariable,
} from "../../lib/cli/settings/setting_flags.ts";
import {
  loadSettings,
  type Settings,
} from "../../lib/cli/settings/settings.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import { tempDir } from "../support/temp_dir.ts";

const DEFAULTS: Settings = {
  strategy: "round-robin",
  mode: "auto",
  rerun: "safe",
  maxRetries: 5,
  timeoutMs: undefined,
  waitMs: undefined,
  bin: "qwen",
  quotaPatterns: [...DEFAULT_QUOTA_PATTERNS],
  maxCooldownQuotaMs: 86_400_000,
  maxCooldownMs: 3_600_000,
  shortPauseMs: 10_000,
  firstByteTimeoutMs: 300_000,
  backoff: "none",
  backoffBaseMs: 1_000,
  backoffCapMs: 30_000,
  backoffAttempts: 3,
  refreshBeforeMs: 30_000,
  lockTimeoutMs: 30_000,
};

Deno.test("loadSettings() returns the defaults when nothing is set", async () => {
  await using dir = await tempDir();
  const { settings, origins } = await loadSettings({
    dir: dir.path,
    flags: { "quota-pattern": [], timeout: undefined },
    system: environment({ ACCOUNT_QWEN_BIN: "", ACCOUNT_QWEN_TIMEOUT: "" }),
  });
  assertEquals(settings, DEFAULTS);
  for (const name of SETTING_NAMES) {
    assertEquals(origins[name], { from: "default" });
  }
});

const SAID: Record<SettingName, [text: string, expected: Partial<Settings>]> = {
  strategy: ["sticky", { strategy: "sticky" }],
  mode: ["link", { mode: "link" }],
  rerun: ["always", { rerun: "always" }],
  "max-retries": ["0", { maxRetries: 0 }],
  timeout: ["45s", { timeoutMs: 45_000 }],
  wait: ["10m", { waitMs: 600_000 }],
  bin: ["/x/qwen", { bin: "/x/qwen" }],
  "quota-pattern": ["no tokens", { quotaPatterns: ["no tokens"] }],
  "max-cooldown-quota": ["2h", { maxCooldownQuotaMs: 7_200_000 }],
  "max-cooldown": ["90", { maxCooldownMs: 90_000 }],
  "short-pause": ["500ms", { shortPauseMs: 500 }],
  "first-byte-timeout": ["2m", { firstByteTimeoutMs: 120_000 }],
  backoff: ["exponential", { backoff: "exponential" }],
  "backoff-base": ["2s", { backoffBaseMs: 2_000 }],
  "backoff-cap": ["1m", { backoffCapMs: 60_000 }],
  "backoff-attempts": ["7", { backoffAttempts: 7 }],
  "refresh-before": ["0", { refreshBeforeMs: 0 }],
  "lock-timeout": ["5s", { lockTimeoutMs: 5_000 }],
};

for (const name of SETTING_NAMES) {
  const [text, expected] = SAID[name];
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
    assertEquals(settings, { ...DEFAULTS, ...expected });
    assertEquals(origins[name], { from: "flag", flag: `--${name}` });
  });

  Deno.test(`loadSettings() reads ${variable}`, async () => {
    await using dir = await tempDir();
    const { settings, origins } = await loadSettings({
      dir: dir.path,
      system: environment({ [variable]: text }),
    });
    assertEquals(settings, { ...DEFAULTS, ...expected });
    assertEquals(origins[name], { from: "environment", variable });
  });

  Deno.test(`loadSettings() reads ${key} of the file`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/account-qwen.yaml`;
    const value = type === "texts" ? `[${text}]` : text;
    await Deno.writeTextFile(path, `# mine\n${key}: ${value}\n`);
    const { settings, origins } = await loadSettings({
      dir: dir.path,
      system: environment({}),
    });
    assertEquals(settings, { ...DEFAULTS, ...expected });
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

const WRONG: Record<string, [value: string, problem: string]> = {
  ACCOUNT_QWEN_STRATEGY: ["best", '"best" is not one of round-robin, '],
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

for (const name of SETTING_NAMES) {
  const setting = settingOf(name);
  Deno.test(`the help names the default and the words of --${name}`, () => {
    const told = /\(default: (.+)\)$/.exec(setting.summary)?.[1];
    assertEquals(told, setting.default);
    for (const word of setting.words ?? []) {
      assert(setting.summary.includes(word), word);
    }
  });
}

function environment(
  variables: Readonly<Record<string, string>>,
): { env(name: string): string | undefined } {
  return { env: (name) => variables[name] };
}
