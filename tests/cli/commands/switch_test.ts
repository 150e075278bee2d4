import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ACCOUNTS = { accounts: 3, baseUrl: "http://provider.invalid/v1" };

for (const args of [["switch", "3"], ["--switch", "3"], ["--switch=3"]]) {
  Deno.test(`${args.join(" ")} makes account 3 the active one`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: "account 3 is active now\n",
      stderr: "",
    });
    assertEquals(await home.link(), "accounts/oauth_creds_3.json");
  });
}

Deno.test("switch says so when the account is already active", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code, stdout } = await runCli(["switch", "1"], { home: home.path });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "account 1 is active already\n",
  });
});

Deno.test("switch accepts the label of an account, in any case, and a beginning of it", async () => {
  await using home = await testHome(ACCOUNTS);
  await runCli(["label", "3", "Office"], { home: home.path });
  for (const word of ["office", "Off"]) {
    await runCli(["switch", "1"], { home: home.path });
    const { code, stderr } = await runCli(["switch", word], {
      home: home.path,
    });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(await home.link(), "accounts/oauth_creds_3.json");
  }
});

Deno.test("switch names the existing accounts when one is missing", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code, stdout, stderr } = await runCli(["switch", "9"], {
    home: home.path,
  });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertEquals(
    stderr,
    "account-qwen: error: Cannot use account 9: it does not exist (have: 1, 2, 3)\n" +
      "account-qwen: hint: account-qwen list\n",
  );
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

for (const word of ["0", "-1", "1.5", "one", "03", "1e0", " 1", "9999999999"]) {
  Deno.test(`switch exits with 2 when the account is "${word}"`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stdout, stderr } = await runCli(["switch", "--", word], {
      home: home.path,
    });
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, /^account-qwen: error: No account is named /);
    assertMatch(stderr, /\naccount-qwen: hint: account-qwen list\n$/);
  });
}

for (const args of [["next"], ["--switch-next"]]) {
  Deno.test(`${args} prints nothing and switches to the next account`, async () => {
    await using home = await testHome(ACCOUNTS);
    const links: string[] = [];
    for (let turn = 1; turn <= 3; turn++) {
      const { code, stdout, stderr } = await runCli(args, { home: home.path });
      assertEquals({ code, stdout, stderr }, {
        code: 0,
        stdout: "",
        stderr: "",
      });
      links.push(await home.link());
    }
    assertEquals(links, [
      "accounts/oauth_creds_2.json",
      "accounts/oauth_creds_3.json",
      "accounts/oauth_creds_1.json",
    ]);
  });
}

Deno.test("next exits with 1 when there is no other account", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 1 });
  const { code, stdout, stderr } = await runCli(["next"], { home: home.path });
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(stderr, /account 1 is the only usable one/);
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("next exits with 4 when there is no account", async () => {
  await using home = await tempDir();
  const { code, stdout, stderr } = await runCli(["next"], { home: home.path });
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertMatch(stderr, /\naccount-qwen: hint: account-qwen setup\n$/);
});
