import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { accountQwen, runCli, type RunResult } from "../support/cli.ts";
import { problemsOf } from "../support/json_schema.ts";
import { type LoginFolders, loginFolders } from "../support/login_folders.ts";
import { startWaiting } from "../support/waiting_process.ts";

const TWO = {
  accounts: {
    1: { owner: "anna", token: "token-anna" },
    2: { owner: "ben", token: "token-ben" },
  },
  plain: 1,
};

Deno.test("list and status say which login plain codex uses", async () => {
  await using it = await loginFolders("codex", TWO);
  await it.accounts.setLabel(1, "work");
  const { stdout } = await codex(it, ["list"]);
  assertMatch(stdout, /work +1 +oauth +ChatGPT plan/);
  assertMatch(stdout, /\nplain codex uses work \(account 1\)\n$/);
  const status = await codex(it, ["status"]);
  assertStringIncludes(status.stdout, "\nplain codex uses work (account 1)\n");
  for (const name of ["list", "status"]) {
    const { stdout } = await codex(it, [name, "--json"]);
    const printed = JSON.parse(stdout);
    assertEquals(problemsOf(printed, name), []);
    const plain = printed.accounts.map((it: { plain: boolean }) => it.plain);
    assertEquals(plain, [true, false]);
  }
});

Deno.test("switch names the plain process and how to end it, unless forced", async () => {
  await using it = await loginFolders("codex", TWO);
  {
    await using plain = await startCodex(it);
    const refused = await codex(it, ["switch", "2"]);
    assertEquals(refused.code, 75);
    assertStringIncludes(
      refused.stderr,
      `plain codex is running (process ${plain.pid})`,
    );
    assertMatch(
      refused.stderr,
      /hint: end it, or use --force; "codex app-server daemon stop" ends its server/,
    );
    assertEquals(it.token(it.plain), "token-anna");
    assertEquals((await codex(it, ["switch", "2", "--force"])).code, 0);
  }
  assertEquals(it.token(it.plain), "token-ben");
});

Deno.test("remove says where the plain login is, and restore brings the account back", async () => {
  await using it = await loginFolders("codex", TWO);
  await it.accounts.setLabel(1, "work");
  const removed = await codex(it, ["remove", "work"]);
  assertStringIncludes(
    removed.stdout,
    `plain codex keeps its login: ${it.plain}\n`,
  );
  assertStringIncludes(removed.stdout, "active: account 2\n");
  const { stdout } = await codex(it, ["list"]);
  assertStringIncludes(stdout, "plain codex uses none of these logins");
  const restored = await codex(it, ["restore", "work"]);
  assertEquals(restored.stdout, "work (account 1) is restored\n");
  assertEquals(restored.stderr, "");
  assertEquals(Deno.readLinkSync(it.plain), "accounts/1/auth.json");
});

const UNUSABLE: Record<string, (it: LoginFolders) => void> = {
  "no login": (it) => Deno.removeSync(it.file(2)),
  "a blanked login": (it) => it.write(it.file(2), { owner: "ben", token: "" }),
};

for (const [what, spoil] of Object.entries(UNUSABLE)) {
  Deno.test(`remove names no command to restore an account with ${what}`, async () => {
    await using it = await loginFolders("claude", TWO);
    await it.accounts.setLabel(2, "work");
    spoil(it);
    const { stdout } = await claude(it, ["remove", "work"]);
    assertEquals(
      stdout,
      "work (account 2) is removed\n" +
        "it cannot be restored: it had no login that can be used\n" +
        "active: account 1\n",
    );
  });
}

Deno.test("remove --json has no command that fails", async () => {
  await using it = await loginFolders("claude", TWO);
  Deno.removeSync(it.file(2));
  const { stdout } = await claude(it, ["remove", "2", "--json"]);
  const printed = JSON.parse(stdout);
  assertEquals(problemsOf(printed, "remove"), []);
  assertEquals([printed.kept_as, printed.undo], [null, null]);
});

Deno.test("refresh says that codex refreshes its logins itself", async () => {
  await using it = await loginFolders("codex", TWO);
  const { code, stderr } = await codex(it, ["refresh", "1"]);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "Cannot refresh: codex refreshes its logins itself",
  );
});

Deno.test("uninstall moves the plain login back", async () => {
  await using it = await loginFolders("codex", TWO);
  const { stdout } = await codex(it, ["uninstall"]);
  assertStringIncludes(
    stdout,
    "plain codex uses account 1 through a link to that folder",
  );
  const unlinked = await codex(it, ["uninstall", "--unlink"]);
  assertStringIncludes(
    unlinked.stdout,
    `${it.plain} is a file now, with the login of account 1`,
  );
  assertEquals(unlinked.stderr, "");
  assertStringIncludes(
    unlinked.stdout,
    "that changes something makes the link again",
  );
  assertEquals(it.placesOf("token-anna"), ["auth.json"]);
  // uninstall itself has replaced it, not plain codex
  const again = await codex(it, ["uninstall"]);
  assertStringIncludes(
    again.stderr,
    "the link of plain codex to account 1 is a file now",
  );
});

Deno.test("switch to an account without a login names the command that logs in", async () => {
  await using it = await loginFolders("codex", TWO);
  Deno.removeSync(it.file(2));
  const { code, stderr } = await codex(it, ["switch", "2"]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, "Cannot switch to account 2: it has no login");
  assertMatch(stderr, /hint: account-qwen --cli codex login 2\n/);
});

Deno.test("status names a command that works for a damaged key that codex keeps", async () => {
  await using it = await loginFolders("codex", {
    accounts: { 2: { kind: "api-key", token: "sk-0123456789" } },
    plain: 2,
  });
  await it.accounts.repair();
  it.write(it.file(2), "{");
  const { stdout } = await codex(it, ["status"]);
  assertMatch(stdout, /-> account-qwen --cli codex login 2\n/);
});

async function codex(
  { home }: LoginFolders,
  args: readonly string[],
): Promise<RunResult> {
  const command = accountQwen();
  return await runCli(["--cli", "codex", ...args], { home, command });
}

async function claude(
  { home }: LoginFolders,
  args: readonly string[],
): Promise<RunResult> {
  const command = accountQwen();
  return await runCli(["--cli", "claude", ...args], { home, command });
}

/** Starts a program that is called `codex`, with the home of the test. */
async function startCodex({ home }: LoginFolders) {
  const launcher = `${home}/bin/codex`;
  Deno.mkdirSync(`${home}/bin`);
  // The system runs it with this interpreter, which the launcher needs too.
  await Deno.symlink("/bin/sh", `${home}/bin/node`);
  const script = `#!${home}/bin/node\necho ready; read -r _\n`;
  await Deno.writeTextFile(launcher, script, { mode: 0o755 });
  return await startWaiting(launcher, { env: { HOME: home } });
}
