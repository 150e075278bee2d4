import { assertEquals } from "@std/assert";
import { linkOf, managerOf } from "../accounts/managers.ts";
import { accountFolder, namesIn } from "../support/account_folder.ts";
import { FILE_SYSTEMS } from "../support/files.ts";

for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
  for (const active of [undefined, 2]) {
    const what = active === undefined ? "makes" : "moves";
    Deno.test(`switchTo() ${what} the link and leaves nothing beside it on a file system ${which}`, async () => {
      await using folder = await accountFolder({
        accounts: [1, 2],
        ...(active === undefined ? {} : { active }),
      });
      using _ = use();
      await managerOf(folder).switchTo(1);
      assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
      assertEquals(await namesIn(folder.path), [
        "accounts",
        "oauth_creds.json",
        "rotation.log",
        "state.yaml",
        "state.yaml.lock",
      ]);
    });
  }
}

const NOT_OF_A_SLOT = [
  "accounts/other.json",
  "oauth_creds_1.json",
  "elsewhere/oauth_creds_1.json",
  "/accounts/oauth_creds_1.json",
  "/dev/null",
];

for (const target of NOT_OF_A_SLOT) {
  Deno.test(`a link to ${target} makes no account the active one`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await Deno.symlink(target, folder.layout.live);
    const manager = managerOf(folder);
    assertEquals((await manager.getStats()).currentIndex, undefined);
    assertEquals((await manager.listAccounts())[0]?.active, false);
  });
}

Deno.test("the active account is that of an absolute link to its slot", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.symlink(`${layout.accounts}/oauth_creds_1.json`, layout.live);
  assertEquals((await managerOf(folder).getStats()).currentIndex, 1);
});
