import "../support/load_libc.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { assertFails } from "../support/assert_fails.ts";
import {
  type FolderAgent,
  type LoginFolders,
  loginFolders,
} from "../support/login_folders.ts";
import { strangers, strangerWith } from "../support/strangers.ts";

const AGENTS: readonly FolderAgent[] = ["codex", "claude"];

/** The variable that leads a process to the folder of an account. */
const FOLDER_VARIABLES = {
  codex: "CODEX_HOME",
  claude: "CLAUDE_SECURESTORAGE_CONFIG_DIR",
};

const ANNA = { owner: "anna", token: "token-anna" };
const BEN = { owner: "ben", token: "token-ben" };
const TWO = { accounts: { 1: ANNA, 2: BEN }, plain: 1 };

/** An earlier and a later login of the same owner. */
const EARLIER = { ...ANNA, expiresAt: 4_000_000_000_000 };
const LATER = { ...ANNA, token: "token-anna-2" };

for (const agent of AGENTS) {
  Deno.test(`${agent}: the account of the plain login is removed and restored`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.setLabel(1, "work");
    const { path, isPlain, active } = await it.accounts.removeAccount(1);
    assertEquals([path, isPlain, active], [it.plain, true, 2]);
    assertEquals(Deno.lstatSync(it.plain).isFile, true);
    assertEquals(it.placesOf("token-anna").length, 1);
    assertEquals(await it.accounts.nameRemoved(), [{
      index: 1,
      label: "work",
    }]);
    assertEquals(await it.accounts.examine(), []);

    assertEquals((await it.accounts.restore(1)).isBack, true);
    const [first] = await it.accounts.listAccounts();
    assertEquals([first?.label, first?.isPlain], ["work", true]);
    assertEquals(it.token(it.plain), "token-anna");
    assertEquals(it.placesOf("token-anna").length, 1);
  });

  Deno.test(`${agent}: another account is removed and restored`, async () => {
    await using it = await loginFolders(agent, TWO);
    const { path, isPlain } = await it.accounts.removeAccount(2);
    assertMatch(`${path}`, /\/stash\/.*removed_2\.json$/);
    assertEquals(isPlain, false);
    assertEquals(it.token(it.plain), "token-anna");
    await it.accounts.restore(2);
    assertEquals(it.token(it.file(2)), "token-ben");
    assertEquals(it.placesOf("token-ben").length, 1);
    assertEquals(await it.accounts.examine(), []);
  });

  Deno.test(`${agent}: a removed account is not restored beside its login`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.removeAccount(2);
    it.write(it.file(3), BEN);
    await it.accounts.switchTo(3);
    await assertFails(() => it.accounts.restore(2), "account-replaced");
    assertEquals(await it.accounts.nameAccounts().then((all) => all.length), 2);
  });

  Deno.test(`${agent}: an earlier login is restored, and the restore undone`, async () => {
    await using it = await loginFolders(agent, {
      accounts: { 1: EARLIER, 2: BEN },
      plain: 1,
    });
    // A login of codex replaces the link, and one of claude is in the folder.
    if (agent === "codex") replacePlain(it, LATER);
    else it.write(it.file(1), LATER);
    await it.accounts.repair();
    assertEquals(it.token(it.plain), "token-anna-2");
    for (const token of ["token-anna", "token-anna-2"]) {
      const { replaced } = await it.accounts.restore(1);
      assertEquals(replaced, true);
      assertEquals(it.token(it.plain), token);
      assertEquals(it.placesOf("token-anna").length, 1);
      assertEquals(it.placesOf("token-anna-2").length, 1);
    }
    assertEquals(await it.accounts.examine(), []);
  });

  Deno.test(`${agent}: nothing is restored without an earlier login`, async () => {
    await using it = await loginFolders(agent, TWO);
    await assertFails(() => it.accounts.restore(2), "no-earlier-login");
    assertEquals(it.token(it.file(2)), "token-ben");
  });

  Deno.test(`${agent}: a stashed login is restored to its owner only`, async () => {
    await using it = await loginFolders(agent, TWO);
    const name = "oauth_creds.20261121T083500123Z-0123abcd.json";
    it.write(`${it.dir}/accounts/stash/${name}`, LATER);
    const stash = { stash: name };
    await assertFails(() => it.accounts.restore(2, stash), "wrong-owner");
    await it.accounts.restore(1, stash);
    assertEquals(it.token(it.plain), "token-anna-2");
    assertEquals(it.placesOf("token-anna-2").length, 1);
  });

  Deno.test(`${agent}: a stashed login without an owner is not restored`, async () => {
    await using it = await loginFolders(agent, TWO);
    const name = "oauth_creds.20261121T083500123Z-0123abcd.json";
    it.write(`${it.dir}/accounts/stash/${name}`, { token: "nobody" });
    await assertFails(
      () => it.accounts.restore(1, { stash: name }),
      "invalid-credential",
    );
    assertEquals(it.placesOf("nobody"), [`accounts/stash/${name}`]);
  });

  Deno.test(`${agent}: an account gets another number, and the plain agent keeps its login`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.setLabel(1, "work");
    await it.accounts.moveAccount(1, 7);
    const all = await it.accounts.listAccounts();
    assertEquals(
      all.map(({ index, label, isPlain }) => [index, label, isPlain]),
      [[2, undefined, false], [7, "work", true]],
    );
    assertEquals(it.token(it.plain), "token-anna");
    assertEquals(it.placesOf("token-anna").length, 1);
    await it.accounts.moveAccount(2, 5);
    assertEquals(it.token(it.file(5)), "token-ben");
    assertEquals(await it.accounts.examine(), []);
  });

  Deno.test(`${agent}: next and switch give the plain agent the login`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.switchNext();
    assertEquals(it.token(it.plain), "token-ben");
    await it.accounts.switchTo(1);
    assertEquals(it.token(it.plain), "token-anna");
  });

  Deno.test(`${agent}: the list says what the accounts are`, async () => {
    await using it = await loginFolders(agent, TWO);
    const [first] = await it.accounts.listAccounts();
    const plan = agent === "codex" ? "ChatGPT plan" : "Claude plan";
    const { kind, service, state, expiresAt } = first ?? {};
    assertEquals(
      { kind, service, state, expiresAt },
      {
        kind: "oauth",
        service: plan,
        state: "ready",
        expiresAt: 4102444800000,
      },
    );
  });
}

Deno.test("a plain process keeps its account from being removed, moved or restored, unless forced", async () => {
  await using it = await loginFolders("codex", {
    accounts: { 1: EARLIER, 2: BEN },
    plain: 1,
  });
  replacePlain(it, LATER);
  await it.accounts.repair();
  {
    using _running = strangers("boot/1/4711");
    const stop = '; "codex app-server daemon stop" ends its server';
    for (
      const change of [
        () => it.accounts.removeAccount(1),
        () => it.accounts.restore(1),
        () => it.accounts.switchTo(2),
        () => it.accounts.switchNext(),
      ]
    ) {
      const { hint } = await assertFails(change, "in-use", "4711");
      assertEquals(hint, `end it, or use --force${stop}`);
    }
    for (
      const change of [
        () => it.accounts.moveAccount(1, 7),
        () => it.accounts.unlinkLogin(),
      ]
    ) {
      const { hint } = await assertFails(change, "in-use", "4711");
      assertEquals(hint, `end it${stop}`);
    }
    await it.accounts.removeAccount(2);
    await it.accounts.restore(1, { force: true });
    await it.accounts.removeAccount(1, { force: true });
  }
  assertEquals(it.token(it.plain), "token-anna");
});

for (const agent of AGENTS) {
  Deno.test(`${agent}: a process in the folder of an account keeps its login there`, async () => {
    await using it = await loginFolders(agent, TWO);
    {
      const folder = `${it.dir}/accounts/2`;
      using _running = strangerWith("boot/1/4711", {
        [FOLDER_VARIABLES[agent]]: folder,
      });
      for (
        const change of [
          () => it.accounts.removeAccount(2),
          () => it.accounts.moveAccount(2, 7),
          ...(agent === "claude" ? [() => it.accounts.switchTo(2)] : []),
        ]
      ) {
        const { message } = await assertFails(change, "in-use", "4711");
        assertMatch(
          message,
          new RegExp(`: ${agent} is running with account 2`),
        );
      }
      assertEquals(it.token(it.file(2)), "token-ben");
    }
    assertEquals((await it.accounts.switchTo(2)).to, 2);
  });
}

Deno.test("the plain login is a file after an unlink, and a link after the next change", async () => {
  await using it = await loginFolders("codex", TWO);
  assertEquals(await it.accounts.unlinkLogin(), 1);
  assertEquals(Deno.lstatSync(it.plain).isFile, true);
  assertEquals(it.placesOf("token-anna"), ["auth.json"]);
  await it.accounts.setLabel(1, "work");
  assertEquals(Deno.readLinkSync(it.plain), "accounts/1/auth.json");
});

Deno.test("an unlink changes nothing where the login stays in its place", async () => {
  await using it = await loginFolders("claude", TWO);
  assertEquals(await it.accounts.unlinkLogin(), undefined);
  assertEquals(it.token(it.plain), "token-anna");
});

/** Replaces the login of the plain agent as a new login does, by a new file. */
function replacePlain(it: LoginFolders, login: typeof ANNA): void {
  Deno.removeSync(it.plain);
  it.write(it.plain, login);
}
