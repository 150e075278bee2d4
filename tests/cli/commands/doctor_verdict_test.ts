import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import "../../support/load_libc.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { writeKeySlot } from "../../support/account_folder.ts";
import { runCli, type RunResult } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 1, baseUrl: "http://provider.invalid/v1" };

async function doctor(
  home: TestHome,
  { args = [], env = {}, version = "0.12.0" }: {
    args?: string[];
    env?: Record<string, string>;
    version?: string;
  } = {},
): Promise<RunResult> {
  const bin = `${home.path}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(`${bin}/qwen`, `#!/bin/sh\necho ${version}\n`);
  await Deno.chmod(`${bin}/qwen`, 0o755);
  const path = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const all = { ...path, ...env };
  return await runCli(["doctor", ...args], { home: home.path, env: all });
}

Deno.test("doctor says until when no account is ready, and exits with 0", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setCooldown(1, 7_200_000);
  const until = await accounts.setCooldown(2, 3_600_000);
  const { code, stdout } = await doctor(home);
  const minute = new Date(until).toISOString().slice(0, 16).replace("T", " ");
  assertEquals(code, 0);
  assertMatch(
    stdout,
    new RegExp(
      `^no account is ready until ${minute}, in .* \\(account 2\\)\n` +
        "nothing needs to be fixed; qwen 0.12.0\n$",
    ),
  );
  const json = await doctor(home, { args: ["--json"] });
  const { well, ready_at } = JSON.parse(json.stdout);
  assertEquals([well, Date.parse(ready_at)], [false, until]);
});

Deno.test("doctor exits with 1 when a key was refused, and says how to replace it", async () => {
  await using home = await testHome(ACCOUNTS);
  await writeKeySlot(home.dir, 2);
  const accounts = new AccountManager({ dir: home.dir });
  const run = await accounts.beginRun({ account: 2 });
  await accounts.endRun(run, { kind: "auth" });
  const { code, stdout } = await doctor(home);
  assertEquals(code, 1);
  assertEquals(
    stdout,
    "slots: account 2: key refused\n" +
      "  fix: account-qwen add --replace 2\n",
  );
});

Deno.test("doctor exits with 1 when this qwen refuses the logins that are there", async () => {
  await using home = await testHome(ACCOUNTS);
  await Deno.remove(`${home.dir}/settings.json`);
  const { code, stdout } = await doctor(home, { version: "0.24.4" });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^qwen: qwen 0\.24\.4 refuses logins .*: 1\n {2}fix: npm install -g .*0\.12\.0\n$/,
  );
  const older = await doctor(home, { version: "0.12.0" });
  assertEquals(older.code, 0);
});

Deno.test("doctor exits with 1 when account-qwen.yaml has a mistake", async () => {
  await using home = await testHome(ACCOUNTS);
  const path = `${home.dir}/account-qwen.yaml`;
  await Deno.writeTextFile(path, "strategy: best\n");
  const { code, stdout } = await doctor(home);
  assertEquals(code, 1);
  assertStringIncludes(
    stdout,
    `settings: Cannot use "${path}": line 1, column 11: strategy: "best" is not one of`,
  );
  assertStringIncludes(stdout, `  fix: \${EDITOR:-vi} ${path}\n`);
});

Deno.test("doctor exits with 1 when a variable has a mistake", async () => {
  await using home = await testHome(ACCOUNTS);
  const env = { ACCOUNT_QWEN_STRATEGY: "best" };
  const { code, stdout } = await doctor(home, { env });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^settings: Cannot use ACCOUNT_QWEN_STRATEGY: .*\n {2}fix: unset ACCOUNT_QWEN_STRATEGY\n$/,
  );
});

Deno.test("doctor looks for the program that the settings name", async () => {
  await using home = await testHome(ACCOUNTS);
  const env = { ACCOUNT_QWEN_BIN: "/no/such/qwen" };
  const { code, stdout } = await doctor(home, { env });
  assertEquals(code, 1);
  assertStringIncludes(stdout, "qwen: /no/such/qwen is not found\n");
});

/** Records a cooldown of account 1 that `verdict` caused. */
async function rest(
  home: TestHome,
  verdict: { kind: "auth" | "quota"; model?: string },
): Promise<AccountManager> {
  const accounts = new AccountManager({ dir: home.dir });
  const run = await accounts.beginRun({ account: 1 });
  await accounts.endRun(run, verdict);
  return accounts;
}

Deno.test("doctor still reports a refusal when the user has set a cooldown", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = await rest(home, { kind: "auth" });
  const until = await accounts.setCooldown(1, 3_600_000);
  const { code, stdout } = await doctor(home);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "account 1: login refused");
  const [first] = await accounts.listAccounts();
  assertEquals(first?.cooldownUntil, until);
});

Deno.test("doctor says so when the end of a cooldown is a guess", async () => {
  await using home = await testHome(ACCOUNTS);
  await rest(home, { kind: "quota" });
  const { code, stdout } = await doctor(home);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^no account is ready now: next try in .* with account 1 \(our guess\)\n/,
  );
});

Deno.test("list and cooldown name the model when only that is resting", async () => {
  await using home = await testHome(ACCOUNTS);
  await rest(home, { kind: "quota", model: "qwen-a" });
  const run = async (...args: string[]) =>
    (await runCli(args, { home: home.path })).stdout;
  assertMatch(
    await run("list"),
    /resting, next try in .* \(our guess\): out of quota for qwen-a/,
  );
  const { accounts: [first] } = JSON.parse(await run("list", "--json"));
  assertEquals(first.cooldown_model, "qwen-a");
  assertMatch(await run("cooldown"), /account 1: out of quota for qwen-a, /);
  assertMatch(
    await run("next", "--dry-run"),
    /account 1: out of quota for qwen-a, /,
  );
});

Deno.test("doctor exits with 1 when every account is disabled", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, "work");
  const path = `${home.dir}/state.yaml`;
  const text = await Deno.readTextFile(path);
  const disabled = "account1:\n    disabled: true\n";
  await Deno.writeTextFile(path, text.replace("account1:\n", disabled));
  const { code, stdout } = await doctor(home);
  assertEquals([code, stdout], [
    1,
    "slots: no account can be used: all are disabled\n" +
    "  fix: account-qwen enable work\n",
  ]);
});
