import { assertEquals, assertMatch } from "@std/assert";
import "../../support/load_libc.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ACCOUNTS = { accounts: 4, baseUrl: "http://provider.invalid/v1" };

Deno.test("next --dry-run explains the choice account by account and changes nothing", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.switchTo(2);
  await accounts.setCooldown(3, 3_600_000);
  const state = await Deno.readTextFile(`${home.dir}/state.yaml`);
  const { code, stdout, stderr } = await runCli(["next", "--dry-run"], {
    home: home.path,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [first, second, third, fourth, ...rest] = stdout.split("\n");
  assertEquals([first, second, fourth, rest], [
    "account 1: ready now",
    "account 2: ready now, is active",
    "account 4: ready now, would become active",
    [
      "a run in this folder would use account 2: active; used until it runs " +
      "out (strategy round-robin)",
      "",
    ],
  ]);
  assertMatch(
    third ?? "",
    /^account 3: resting \(set by you\), ready .*, in .*$/,
  );
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  assertEquals(await Deno.readTextFile(`${home.dir}/state.yaml`), state);
});

Deno.test("next --dry-run names the account that next then switches to", async () => {
  await using home = await testHome(ACCOUNTS);
  await new AccountManager({ dir: home.dir }).setCooldown(2, 3_600_000);
  const { stdout } = await runCli(["next", "--dry-run"], { home: home.path });
  const [, chosen] = /^account (\d+): .*would become active$/m.exec(stdout) ??
    [];
  await runCli(["next"], { home: home.path });
  assertEquals(await home.link(), `accounts/oauth_creds_${chosen}.json`);
});

Deno.test("next --dry-run finds the active account before anything was recorded", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  const { stdout } = await runCli(["next", "--dry-run"], { home: home.path });
  assertEquals(
    stdout,
    "account 1: ready now, is active\n" +
      "account 2: ready now, would become active\n" +
      "a run in this folder would use account 1: active; used until it runs " +
      "out (strategy round-robin)\n",
  );
});

const STRATEGY: Record<string, [args: string[], env: Record<string, string>]> =
  {
    "the flag": [["--strategy", "fill-first"], {}],
    "the environment": [[], { ACCOUNT_QWEN_STRATEGY: "fill-first" }],
    "the file": [[], {}],
  };

for (const [where, [args, env]] of Object.entries(STRATEGY)) {
  Deno.test(`next and next --dry-run choose by the strategy of ${where}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await new AccountManager({ dir: home.dir }).switchTo(3);
    if (where === "the file") {
      const path = `${home.dir}/account-qwen.yaml`;
      await Deno.writeTextFile(path, "strategy: fill-first\n");
    }
    const options = { home: home.path, env };
    const dryRun = ["next", "--dry-run", "--json", ...args];
    const { code, stdout } = await runCli(dryRun, options);
    assertEquals(code, 0);
    const { strategy, active, chosen, accounts } = JSON.parse(stdout);
    assertEquals({ strategy, active, chosen }, {
      strategy: "fill-first",
      active: 3,
      chosen: 1,
    });
    assertEquals(accounts[1], {
      index: 2,
      obstacle: null,
      note: null,
      note_until: null,
      ready_at: null,
      source: null,
      last_used: null,
      runs: null,
      weight: null,
    });
    const switched = await runCli(["next", ...args], options);
    assertEquals([switched.code, switched.stdout], [0, ""]);
    assertEquals(await home.link(), "accounts/oauth_creds_1.json");
  });
}

Deno.test("next names doctor when the other accounts are skipped", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  const stash = `${home.dir}/accounts/stash`;
  await Deno.mkdir(stash, { mode: 0o700 });
  const login = JSON.parse(await Deno.readTextFile(home.slot(2)));
  await Deno.writeTextFile(
    `${stash}/oauth_creds.20261121T083500123Z-ab12cd34.of_2.json`,
    JSON.stringify({ ...login, expiry_date: login.expiry_date + 1 }),
    { mode: 0o600 },
  );
  const { code, stderr } = await runCli(["next"], { home: home.path });
  assertEquals({ code, stderr }, {
    code: 1,
    stderr:
      "account-qwen: error: Cannot switch: account 1 is the only usable one\n" +
      "account-qwen: hint: account-qwen doctor\n",
  });
});

Deno.test("next --json reports the switch", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runCli(["next", "--json"], { home: home.path });
  assertEquals(JSON.parse(stdout), {
    schema_version: 1,
    strategy: "round-robin",
    from: 1,
    to: 2,
  });
});

for (const args of [["next", "--dry-run"], ["cooldown"]]) {
  Deno.test(`${args.join(" ")} says that there are no accounts yet`, async () => {
    await using home = await tempDir();
    const { code, stdout } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout }, {
      code: 0,
      stdout: "no accounts yet: account-qwen setup\n",
    });
  });
}

const WHY: Record<string, [args: string[], why: RegExp]> = {
  "spread": [[], /^the login on the link, which all runs share$/],
  "weighted": [[], /^the login on the link, which all runs share$/],
  "a pin": [["pin", ".", "3"], /^pinned to \/.+$/],
};

for (const [what, [args, why]] of Object.entries(WHY)) {
  Deno.test(`next --dry-run explains the choice of ${what}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const options = { home: home.path, cwd: home.path };
    if (args.length > 0) await runCli(args, options);
    const strategy = args.length > 0 ? "fill-first" : what;
    const dryRun = ["next", "--dry-run", "--json", "--strategy", strategy];
    const { stdout } = await runCli(dryRun, options);
    assertMatch(JSON.parse(stdout).run.why, why);
  });
}

Deno.test("next --dry-run shows runs and weights, and whose turn it is", async () => {
  await using home = await testHome(ACCOUNTS);
  for (const index of [1, 2]) {
    await Deno.remove(home.slot(index));
    await writeKeySlot(home.dir, index);
  }
  await new AccountManager({ dir: home.dir }).setWeight(2, 3);
  const show = async (strategy: string) => {
    const args = ["next", "--dry-run", "--strategy", strategy];
    return (await runCli(args, { home: home.path })).stdout.split("\n");
  };
  const weighted = await show("weighted");
  assertMatch(weighted[1] ?? "", /^account 2: ready now, weight 3/);
  assertMatch(
    weighted.at(-2) ?? "",
    /would use account \d: its turn has come; its weight is \d \(strategy weighted\)$/,
  );
  assertMatch(
    (await show("spread")).at(-2) ?? "",
    /the fewest runs under way \(0\), then the longest unused \(strategy spread\)$/,
  );
});
