import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { nameOf } from "../../../lib/account_name.ts";
import { runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const WORK = nameOf(1, "work");

const ACCOUNTS = { accounts: 3, baseUrl: "http://provider.invalid/v1" };

Deno.test("disable makes the next ready account active, and enable keeps that", async () => {
  await using home = await testHome(ACCOUNTS);
  await run(home, "label", "1", "work");
  await run(home, "cooldown", "set", "2", "2h");
  assertEquals(await run(home, "disable", "Work"), {
    code: 0,
    stdout: `${WORK} is disabled; account 3 is active now\n`,
    stderr: "",
  });
  assertEquals(await home.link(), "accounts/oauth_creds_3.json");
  assertMatch((await run(home, "list")).stdout, /work .* disabled /);
  assertEquals(
    (await run(home, "disable", "1")).stdout,
    `${WORK} is disabled already\n`,
  );
  assertEquals(await run(home, "enable", "work"), {
    code: 0,
    stdout: `${WORK} is enabled\n`,
    stderr: "",
  });
  assertEquals(await home.link(), "accounts/oauth_creds_3.json");
});

for (const args of [["switch", "2"], ["exec", "--account", "2", "--", "hi"]]) {
  Deno.test(`${args.join(" ")} exits with 1 and names enable when the account is disabled`, async () => {
    await using home = await testHome(ACCOUNTS);
    await run(home, "label", "2", "my work");
    await run(home, "disable", "2");
    assertEquals(await run(home, ...args), {
      code: 1,
      stdout: "",
      stderr:
        "account-qwen: error: Cannot use my work (account 2): it is disabled\n" +
        "account-qwen: hint: account-qwen enable 'my work'\n",
    });
    assertEquals(await home.link(), "accounts/oauth_creds_1.json");
  });
}

Deno.test("disable says when no other account is ready, and when none can be used", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  await run(home, "cooldown", "set", "2", "2h");
  const first = await run(home, "disable", "1");
  assertEquals(first, {
    code: 0,
    stdout: "account 1 is disabled; account 2 is active now\n",
    stderr: "account-qwen: no account is ready now; to see when one will be: " +
      "account-qwen cooldown\n",
  });
  const { code, stdout, stderr } = await run(home, "disable", "2");
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "account 2 is disabled; no account is active now\n",
  });
  assertStringIncludes(stderr, "no account can be used now");
});

for (
  const args of [["next"], ["exec", "--", "hi"], ["exec", "--wait", "--", "hi"]]
) {
  Deno.test(`${args.join(" ")} exits with 4 and names enable when all accounts are disabled`, async () => {
    await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
    await run(home, "label", "1", "work");
    for (const it of ["1", "2"]) await run(home, "disable", it);
    assertEquals(await run(home, ...args), {
      code: 4,
      stdout: "",
      stderr: "account-qwen: error: Cannot choose an account: all are " +
        "disabled (work, account 2)\naccount-qwen: hint: account-qwen enable work\n",
    });
  });
}

Deno.test("next skips a disabled account, and says that only it is left", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  await run(home, "disable", "2");
  const { code, stderr } = await run(home, "next");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "hint: account-qwen enable 2\n");
  const { stdout } = await run(home, "next", "--dry-run");
  assertStringIncludes(
    stdout,
    "account 2: disabled (account-qwen enable 2)",
  );
});

Deno.test("enable makes the account active when none is, and says why it is not ready", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 1 });
  await run(home, "disable", "1");
  assertEquals(
    (await run(home, "enable", "1")).stdout,
    "account 1 is enabled and active now\n",
  );
  await run(home, "disable", "1");
  await run(home, "cooldown", "set", "1", "2h");
  const { stderr } = await run(home, "enable", "1");
  assertMatch(stderr, /^account-qwen: account 1: resting \(set by you\), /);
});

Deno.test("disable and enable --json print one JSON object", async () => {
  await using home = await testHome(ACCOUNTS);
  await run(home, "label", "1", "work");
  const all = [];
  for (const name of ["disable", "disable", "enable"]) {
    all.push(JSON.parse((await run(home, name, "work", "--json")).stdout));
  }
  const named = { schema_version: 1, index: 1, label: "work", active: 2 };
  assertEquals(all, [
    { ...named, disabled: true, changed: true },
    { ...named, disabled: true, changed: false },
    { ...named, disabled: false, changed: true },
  ]);
});

for (const name of ["disable", "enable"]) {
  Deno.test(`${name} exits with 2 when the account is missing, or without one`, async () => {
    await using home = await testHome(ACCOUNTS);
    assertEquals((await run(home, name, "9")).code, 2);
    assertEquals((await run(home, name, "nobody")).code, 2);
    assertEquals((await run(home, name)).code, 2);
  });
}

async function run(home: TestHome, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(args, { home: home.path });
  return { code, stdout, stderr };
}
