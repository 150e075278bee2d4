import "../support/load_libc.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { assertFails } from "../support/assert_fails.ts";
import {
  type FolderAgent,
  type LoginFolders,
  loginFolders,
} from "../support/login_folders.ts";

const AGENTS: readonly FolderAgent[] = ["codex", "claude"];

const ANNA = { owner: "anna", token: "token-anna" };
const BEN = { owner: "ben", token: "token-ben" };
const CARLA = { owner: "carla", token: "token-carla" };
const TWO = { accounts: { 1: ANNA, 2: BEN }, plain: 1 };

/** What may become of `state.yaml`, such as after a crash of the system. */
const DAMAGED: Readonly<Record<string, (text: string) => string>> = {
  "is empty": () => "",
  "is full of zeros": (text) => "\0".repeat(text.length),
  "is not YAML": (text) => `[\n${text.replace(/^agent:.*\n/m, "")}`,
  "is cut off": (text) => text.slice(0, text.indexOf("  account2:") + 6),
};

for (const agent of AGENTS) {
  for (const [how, damage] of Object.entries(DAMAGED)) {
    Deno.test(`${agent}: no login is lost when state.yaml ${how}`, async () => {
      await using it = await loginFolders(agent, TWO);
      const path = `${it.dir}/accounts/state.yaml`;
      Deno.writeTextFileSync(path, damage(Deno.readTextFileSync(path)));
      await it.accounts.listAccounts();
      await it.accounts.switchTo(2);
      assertEquals(it.token(it.plain), "token-ben");
      for (const token of ["token-anna", "token-ben"]) {
        assertEquals(it.placesOf(token).length, 1);
      }
      const all = await it.accounts.listAccounts();
      assertEquals(all.length, 2);
      assertEquals(all.find(({ isPlain }) => isPlain)?.index, 2);
    });
  }

  Deno.test(`${agent}: the next command knows the plain login by its owner when state.yaml is gone`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.setLabel(1, "work");
    Deno.removeSync(`${it.dir}/accounts/state.yaml`);
    await it.accounts.setLabel(2, "home");
    const all = await it.accounts.listAccounts();
    assertEquals(
      all.map(({ index, label, isPlain }) => [index, label, isPlain]),
      [[1, "work", true], [2, "home", false]],
    );
    assertEquals(it.placesOf("token-anna").length, 1);
    assertEquals(await it.accounts.examine(), []);
  });

  Deno.test(`${agent}: the plain login of a removed account stays the user's when state.yaml is gone`, async () => {
    await using it = await loginFolders(agent, TWO);
    await it.accounts.removeAccount(1);
    Deno.removeSync(`${it.dir}/accounts/state.yaml`);
    await it.accounts.setLabel(2, "home");
    assertEquals(await numbersOf(it), [2]);
    assertEquals(it.token(it.plain), "token-anna");
  });

  Deno.test(`${agent}: the plain login stays account 1's when state.yaml is not YAML`, async () => {
    await using it = await loginFolders(agent, TWO);
    const path = `${it.dir}/accounts/state.yaml`;
    Deno.writeTextFileSync(path, `[\n${Deno.readTextFileSync(path)}`);
    const [first] = await it.accounts.listAccounts();
    assertEquals([first?.index, first?.isPlain], [1, true]);
    await it.accounts.switchTo(2);
    assertEquals(it.token(it.file(1)), "token-anna");
  });

  Deno.test(`${agent}: what is not a folder does not count as an account`, async () => {
    await using it = await loginFolders(agent, TWO);
    Deno.writeTextFileSync(`${it.dir}/accounts/5`, "");
    Deno.symlinkSync("/nowhere", `${it.dir}/accounts/7`);
    assertEquals(await numbersOf(it), [1, 2]);
    await it.accounts.switchTo(2);
    assertEquals(it.token(it.plain), "token-ben");
    const found = await it.accounts.examine();
    assertEquals(
      found.map(({ problem }) => problem.slice(it.dir.length)),
      [
        "/accounts/5 is a file, not a directory",
        "/accounts/7 is a symbolic link, not a directory",
      ],
    );
    replacePlain(it, CARLA);
    await it.accounts.repair();
    assertEquals(await numbersOf(it), [1, 2, 8]);
  });

  Deno.test(`${agent}: an account whose folder is a link is not used`, async () => {
    await using it = await loginFolders(agent, TWO);
    const elsewhere = `${it.home}/elsewhere`;
    Deno.renameSync(`${it.dir}/accounts/2`, elsewhere);
    Deno.symlinkSync(elsewhere, `${it.dir}/accounts/2`);
    const [, second] = await it.accounts.listAccounts();
    assertEquals(
      second?.problem,
      'is in "2", which is a symbolic link, not a directory',
    );
    for (
      const use of [
        () => it.accounts.switchTo(2),
        () => it.accounts.removeAccount(2),
      ]
    ) {
      const { message } = await assertFails(use, "unsafe-file");
      assertMatch(message, /\/2": it is a symbolic link/);
    }
    const names = [...Deno.readDirSync(elsewhere)].map((it) => it.name);
    assertEquals(names, [it.plain.slice(it.dir.length + 1)]);
    assertEquals(it.token(it.plain), "token-anna");
  });
}

Deno.test("codex: what is in the place of the removed link does not become the account's", async () => {
  await using it = await loginFolders("codex", TWO);
  Deno.removeSync(it.plain);
  it.write(it.plain, "not JSON");
  await it.accounts.removeAccount(1);
  assertEquals(it.token(it.plain), "token-anna");
  assertEquals(await numbersOf(it), [2]);
  await it.accounts.repair();
  assertEquals(await numbersOf(it), [2]);
  assertEquals([...Deno.readDirSync(`${it.dir}/accounts/stash`)].length, 1);
});

Deno.test("codex: an account is not removed when a folder is in the place of the link", async () => {
  await using it = await loginFolders("codex", TWO);
  Deno.removeSync(it.plain);
  Deno.mkdirSync(it.plain);
  await assertFails(() => it.accounts.removeAccount(1), "unsafe-file");
  assertEquals(it.token(it.file(1)), "token-anna");
  assertEquals(await numbersOf(it), [1, 2]);
});

async function numbersOf({ accounts }: LoginFolders): Promise<number[]> {
  return (await accounts.listAccounts()).map(({ index }) => index);
}

/** Replaces what the plain agent has, as a login does. */
function replacePlain(it: LoginFolders, login: typeof ANNA): void {
  Deno.removeSync(it.plain);
  it.write(it.plain, login);
}
