import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatAccounts } from "../../../lib/cli/commands/list.ts";
import { displayWidth } from "../../../lib/cli/screen/wrap.ts";
import { type Account, AccountManager } from "../../../lib/mod.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { apiKey, writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { credential, fixedHome } from "./folder.ts";

const TABLE = `\
   account  kind   service     state                                       token expires     last used         switches
*  1        oauth  qwen-login  ready                                       2026-12-24 18:30  2026-11-21 08:35  7
   2        oauth  qwen-login  login needed: slot is not valid JSON        -                 -                 0
   10       oauth  qwen-login  login needed: its login is no longer valid  -                 2026-11-20 23:59  5
`;

const JSON_TEXT = {
  schema_version: 1,
  accounts: [
    {
      index: 1,
      label: null,
      kind: "oauth",
      identity: null,
      active: true,
      plain: null,
      state: "ready",
      reason: null,
      source: null,
      until: null,
      since: null,
      service: "qwen-login",
      base_url: null,
      model: null,
      expires_at: "2026-12-24T18:30:00Z",
      problem: null,
      blocked: null,
      cooldown_until: null,
      cooldown_model: null,
      cooldown_source: null,
      weight: null,
      today: null,
      fullest_window: null,
      last_used: "2026-11-21T08:35:59Z",
      switches_count: 7,
    },
    {
      index: 2,
      label: null,
      kind: "oauth",
      identity: null,
      active: false,
      plain: null,
      state: "login-needed",
      reason: "slot is not valid JSON",
      source: null,
      until: null,
      since: null,
      service: "qwen-login",
      base_url: null,
      model: null,
      expires_at: null,
      problem: "is not valid JSON",
      blocked: null,
      cooldown_until: null,
      cooldown_model: null,
      cooldown_source: null,
      weight: null,
      today: null,
      fullest_window: null,
      last_used: null,
      switches_count: 0,
    },
    {
      index: 10,
      label: null,
      kind: "oauth",
      identity: null,
      active: false,
      plain: null,
      state: "login-needed",
      reason: "its login is no longer valid",
      source: "agent",
      until: null,
      since: null,
      service: "qwen-login",
      base_url: null,
      model: null,
      expires_at: null,
      problem: null,
      blocked: "login needed",
      cooldown_until: null,
      cooldown_model: null,
      cooldown_source: null,
      weight: null,
      today: null,
      fullest_window: null,
      last_used: "2026-11-20T23:59:00Z",
      switches_count: 5,
    },
  ],
};

for (const args of [["list"], ["--list"]]) {
  Deno.test(`${args} prints a table of the accounts`, async () => {
    await using home = await fixedHome();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(stdout, TABLE);
  });
}

for (const args of [["list", "--json"], ["--json", "--list"]]) {
  Deno.test(`${args.join(" ")} prints one JSON object`, async () => {
    await using home = await fixedHome();
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(JSON.parse(stdout), JSON_TEXT);
  });
}

Deno.test("list says how long an account is not used", async () => {
  await using home = await fixedHome();
  const accounts = new AccountManager({ dir: home.dir });
  const until = await accounts.setCooldown(1, 3_600_000);
  const table = await runCli(["list"], { home: home.path });
  const text = new Date(until).toISOString().slice(11, 16);
  assertStringIncludes(table.stdout, `resting until ${text} (set by you)  `);
  const json = await runCli(["list", "--json"], { home: home.path });
  assertEquals(
    JSON.parse(json.stdout).accounts[0].cooldown_until,
    new Date(until).toISOString().replace(".000Z", "Z"),
  );
});

Deno.test("list shows the label and the service of an account, and nothing of its key", async () => {
  await using home = await fixedHome();
  await writeKeySlot(home.dir, 4);
  await new AccountManager({ dir: home.dir }).setLabel(4, "仕事用");
  const { stdout } = await runCli(["list"], { home: home.path });
  const [head, , , row] = stdout.split("\n");
  assertEquals(head?.split(/  +/).slice(1, 7), [
    "account",
    "no.",
    "kind",
    "service",
    "identity",
    "state",
  ]);
  assertEquals(row?.split(/  +/).slice(1, 7), [
    "仕事用",
    "4",
    "api-key",
    "provider-4.invalid",
    "…x7Kq",
    "ready",
  ]);
  assertEquals(stdout.includes(apiKey(4)), false);
  const json = await runCli(["list", "--json"], { home: home.path });
  const account = JSON.parse(json.stdout).accounts[2];
  assertEquals(account.label, "仕事用");
  assertEquals(account.base_url, "https://provider-4.invalid/v1");
  assertEquals(account.model, "qwen3");
  assertEquals(json.stdout.includes(apiKey(4)), false);
});

Deno.test("list shows a login as ready whose token has expired, because the next run refreshes it", async () => {
  await using home = await fixedHome();
  const slot = `${home.dir}/accounts/oauth_creds_1.json`;
  await Deno.writeTextFile(slot, credential("one", Date.UTC(2026, 0, 1)));
  const { stdout } = await runCli(["list"], { home: home.path });
  assertEquals(stdout.split("\n")[1]?.split(/  +/)[4], "ready");
  const json = await runCli(["list", "--json"], { home: home.path });
  assertEquals(JSON.parse(json.stdout).accounts[0].state, "ready");
});

for (const width of [60, 80, 120, 200]) {
  Deno.test(`formatAccounts() fits ${width} columns and keeps the label and the state`, () => {
    const account: Account = {
      index: 123,
      label: "仕事用のアカウント 🦕 of the team",
      kind: "api-key",
      identity: "sk-…cafe",
      active: true,
      state: "resting",
      reason: "out of quota",
      source: "provider",
      until: Date.UTC(2026, 10, 21, 17, 51),
      since: undefined,
      service: "coding-plan-intl",
      baseUrl: "https://coding-intl.dashscope.aliyuncs.com/v1",
      model: "qwen3",
      expiresAt: undefined,
      problem: undefined,
      blocked: undefined,
      cooldownUntil: Date.UTC(2026, 10, 21, 17, 51),
      switchesCount: 12,
      lastUsed: "2026-11-21T08:35:59Z",
    };
    const now = Date.UTC(2026, 10, 21, 8);
    const lines = formatAccounts([account], { width, now });
    for (const line of lines) assert(displayWidth(line) <= width, line);
    assertStringIncludes(lines[0] ?? "", "account");
    assertStringIncludes(lines[0] ?? "", "no.");
    assertStringIncludes(lines[1] ?? "", "仕事用");
    assertStringIncludes(lines[1] ?? "", "resting until 17:51 (service)");
    assertEquals(lines[0]?.includes("switches"), width >= 200);
  });
}

Deno.test("list shows what to do when there is no account", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["list"], { home: home.path });
  assertEquals(code, 0);
  assertEquals(stdout, "no accounts yet: account-qwen setup\n");
});

Deno.test("list --json prints no accounts when there is none", async () => {
  await using home = await tempDir();
  const { stdout } = await runCli(["list", "--json"], { home: home.path });
  assertEquals(JSON.parse(stdout), { schema_version: 1, accounts: [] });
});

for (const args of [["list"], ["list", "--json"], ["stats"]]) {
  Deno.test(`${args.join(" ")} answers and changes nothing while the lock is held`, async () => {
    await using home = await fixedHome();
    const path = `${home.dir}/state.yaml.lock`;
    using _lock = await runtime.files.tryLock(path, 0o600);
    const before = await describe(home.dir);
    const { code } = await runCli(args, { home: home.path, timeoutMs: 20_000 });
    assertEquals(code, 0);
    assertEquals(await describe(home.dir), before);
  });
}

Deno.test("list reads a state.yaml whose times are invalid", async () => {
  await using home = await fixedHome();
  const state = `${home.dir}/state.yaml`;
  const text = await Deno.readTextFile(state);
  await Deno.writeTextFile(state, text.replaceAll(/"2026-[^"]*"/g, "once"));
  const { code, stdout } = await runCli(["list"], { home: home.path });
  assertEquals(code, 0);
  assertEquals(stdout.split("\n")[1]?.split(/  +/), [
    "*",
    "1",
    "oauth",
    "qwen-login",
    "ready",
    "2026-12-24 18:30",
    "-",
    "7",
  ]);
});

Deno.test("list shows the folder of --dir, or else of ACCOUNT_QWEN_DIR", async () => {
  await using home = await tempDir();
  await using accounts = await fixedHome();
  const env = { ACCOUNT_QWEN_DIR: accounts.dir };
  const options = { home: home.path, env };
  const ofVariable = await runCli(["list"], options);
  assertEquals(ofVariable.stdout, TABLE);
  const empty = `${home.path}/x`;
  await Deno.mkdir(empty);
  const ofFlag = await runCli(["list", "--dir", empty], options);
  assertEquals(
    ofFlag.stdout,
    `no accounts yet: account-qwen --dir ${empty} setup\n`,
  );
});

/** Every name below `folder` with its size, mode and last change. */
async function describe(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { size, mode, mtime } = await Deno.lstat(path);
    found.push(`${path} ${size} ${mode} ${mtime?.getTime()}`);
    if (isDirectory) found.push(...await describe(path));
  }
  return found.toSorted();
}
