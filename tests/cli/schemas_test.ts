import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../support/commands.ts";
import { formatSchema } from "../../lib/cli/schemas.ts";
import { AccountManager } from "../../lib/mod.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { writeKeySlot } from "../support/account_folder.ts";
import { runCli, type RunOptions } from "../support/cli.ts";
import { addToStash } from "../support/kept_files.ts";
import { problemsOf } from "../support/json_schema.ts";
import { tempDir } from "../support/temp_dir.ts";
import { credential, type FixedHome, fixedHome } from "./commands/folder.ts";

const NOW = Date.UTC(2026, 10, 21);

/** How to set up a home. */
const HOMES: Readonly<Record<string, () => Promise<FixedHome>>> = {
  "there is no folder": emptyHome,
  "the accounts are as usual": usualHome,
  "nothing is known of the accounts": () =>
    homeWith(async ({ dir }) => await Deno.remove(`${dir}/state.yaml`)),
  "state.yaml is not YAML": () => homeWithState("{{{"),
  "state.yaml has invalid times, and huge counts": () =>
    homeWithState(`current_index: 7
total_accounts: 9007199254740991
last_switch: yesterday
switches_total: 9007199254740991
accounts:
  account1:
    label: "a\\u0007b\\u202ec \\uD83E\\uDD95"
    switches_count: 9007199254740991
    last_used: "+275760-09-13T00:00:00.001Z"
  account2:
    blocked: "\\e[31mred"
`),
  "a token expires after the year 9999": () =>
    homeWith(async ({ dir }) => {
      const slot = `${dir}/accounts/oauth_creds_1.json`;
      await Deno.writeTextFile(slot, credential("one", Date.UTC(20_000, 0)));
    }),
  "the traffic is counted": () =>
    homeWith(async ({ dir }) => {
      const at = Math.floor(Date.now() / 60_000);
      const day = new Date().toISOString().slice(0, 10);
      await Deno.mkdir(`${dir}/accounts/usage`, { mode: 0o700 });
      await Deno.writeTextFile(
        `${dir}/accounts/usage/${day}.jsonl`,
        `["u",${at},1,"qwen3",3,900,30,100,7,{"quota":1}]\n` +
          `["r",${at}000,1,null,"5h","requests",1200,300,null,"header"]\n` +
          "torn",
        { mode: 0o600 },
      );
    }),
  "the link is broken, and a login is in the stash": () =>
    homeWith(async ({ dir }) => {
      await Deno.remove(`${dir}/oauth_creds.json`);
      await Deno.symlink(
        "accounts/oauth_creds_7.json",
        `${dir}/oauth_creds.json`,
      );
      const login = new TextEncoder().encode("{}");
      const of = { suspects: [1, 10], now: NOW };
      await addToStash(layoutAt(dir), login, of);
    }),
};

const READING = [
  ["list"],
  ["stats"],
  ["next", "--dry-run"],
  ["cooldown"],
  ["prefer"],
  ["next", "--dry-run", "--strategy", "spread"],
  ["pin"],
  ["pin", "."],
  ["quota"],
  ["quota", "1"],
  ["status"],
  ["config"],
  ["config", "--timeout", "45s", "--quota-pattern", "a", "--wait"],
  ["doctor"],
  ["doctor", "--bin", "there-is-none"],
  ["shim", "status"],
];

for (const [when, makeHome] of Object.entries(HOMES)) {
  for (const args of READING) {
    Deno.test(`${args.join(" ")} --json matches its schema when ${when}`, async () => {
      await using home = await makeHome();
      await assertAsSchema(home, args);
    });
  }
}

const CHANGING = [
  ["next"],
  ["cooldown", "set", "1", "2h"],
  ["cooldown", "clear", "1"],
  ["cooldown", "clear"],
  ["disable", "1"],
  ["enable", "1"],
  ["prefer", "4", "1"],
  ["weight", "1"],
  ["weight", "1", "3"],
  ["pin", ".", "1"],
  ["refresh", "--due"],
  ["switch", "1"],
  ["label", "1"],
  ["label", "1", "home"],
  ["remove", "1"],
];

for (const args of CHANGING) {
  Deno.test(`${args.join(" ")} --json matches its schema`, async () => {
    await using home = await usualHome();
    await assertAsSchema(home, args);
  });
}

for (const kind of ["oauth", "api-key"]) {
  Deno.test(`add --json matches its schema for a new account of the kind ${kind}`, async () => {
    await using home = await usualHome();
    const login = `${home.path}/login.json`;
    await Deno.writeTextFile(login, credential("new", Date.UTC(2027, 0)));
    const args = kind === "oauth"
      ? ["--oauth-file", login]
      : ["--preset", "dashscope", "--api-key-stdin"];
    const stdin = "sk-0123456789abcdef0123cafe";
    await assertAsSchema(home, ["add", ...args], { stdin });
  });
}

Deno.test("config --json matches its schema wherever a setting comes from", async () => {
  await using home = await usualHome();
  const settings = "wait: 2h\nquota_patterns: [a, '429']\nshort_pause: 0s\n";
  await Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, settings, {
    mode: 0o600,
  });
  const env = { ACCOUNT_QWEN_STRATEGY: "sticky" };
  await assertAsSchema(home, ["config", "--timeout", "45s"], { env });
});

for (const { name, flags } of COMMANDS) {
  if (!("json" in flags)) continue;

  Deno.test(`${name} --schema prints its schema`, async () => {
    await using home = await tempDir();
    const args = [name, "--schema", ...(name === "shim" ? ["status"] : [])];
    const { code, stdout } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout }, {
      code: 0,
      stdout: `${formatSchema(name)}\n`,
    });
  });

  Deno.test(`the schema of ${name} does not accept an object without fields`, () => {
    assert(problemsOf({ schema_version: 1 }, name).length > 0);
    assert(problemsOf({}, name).length > 0);
  });
}

/** Strict: a field that the schema does not name is also a problem. */
async function assertAsSchema(
  home: FixedHome,
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<void> {
  const { stdout, stderr } = await runCli([...args, "--json"], {
    home: home.path,
    ...options,
  });
  assert(stdout !== "", `nothing printed: ${stderr}`);
  const printed = JSON.parse(stdout);
  assertEquals(problemsOf(printed, args[0] ?? ""), [], stdout);
}

async function emptyHome(): Promise<FixedHome> {
  const home = await tempDir();
  return {
    path: home.path,
    dir: `${home.path}/.qwen`,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** Accounts of both kinds, labels, a cooldown and a broken slot. */
async function usualHome(): Promise<FixedHome> {
  return await homeWith(async ({ dir }) => {
    await writeKeySlot(dir, 4);
    const accounts = new AccountManager({ dir });
    await accounts.setLabel(4, "仕事用");
    await accounts.setCooldown(10, 3_600_000);
  });
}

async function homeWithState(text: string): Promise<FixedHome> {
  return await homeWith(async ({ dir }) => {
    await Deno.writeTextFile(`${dir}/state.yaml`, text, { mode: 0o600 });
  });
}

async function homeWith(
  change: (home: FixedHome) => Promise<void>,
): Promise<FixedHome> {
  const home = await fixedHome();
  await change(home);
  return home;
}
