import { assertEquals, assertRejects } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { errorCode } from "../../lib/system/mod.ts";
import { accountFolder } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";

/** A file system without symbolic links, such as vfat. */
function withoutLinks(): Disposable {
  const error = Object.assign(new Error("no links here"), { code: "EPERM" });
  return replaceFiles(() => ({ link: () => Promise.reject(error) }));
}

Deno.test("addAccount() adds nothing when no link can be made", async () => {
  await using folder = await accountFolder();
  await using source = await accountFolder({ accounts: [9] });
  const accounts = new AccountManager({ dir: folder.path });
  using _ = withoutLinks();
  const path = `${source.layout.accounts}/oauth_creds_9.json`;
  const error = await assertRejects(() => accounts.addAccount(path), Error);
  assertEquals(errorCode(error), "EPERM");
  assertEquals(await folder.credentials(), {});
  assertEquals(await accounts.listAccounts(), []);
});

Deno.test("addAccount() leaves the login of the agent alone when no link can be made", async () => {
  await using folder = await accountFolder();
  await using source = await accountFolder({ accounts: [9] });
  await Deno.mkdir(folder.path, { mode: 0o700 });
  await folder.put(await source.slot(9));
  const before = await folder.credentials();
  const accounts = new AccountManager({ dir: folder.path });
  using _ = withoutLinks();
  await assertRejects(() => accounts.addAccount(), Error);
  assertEquals(await folder.credentials(), before);
});

Deno.test("prepareLogin() rejects before the user logs in when no link can be made", async () => {
  await using folder = await accountFolder();
  const accounts = new AccountManager({ dir: folder.path });
  using _ = withoutLinks();
  const error = await assertRejects(() => accounts.prepareLogin(), Error);
  assertEquals(errorCode(error), "EPERM");
});

Deno.test("prepareLogin() leaves only the folders behind", async () => {
  await using folder = await accountFolder();
  await new AccountManager({ dir: folder.path }).prepareLogin();
  const names = await Array.fromAsync(Deno.readDir(folder.path));
  assertEquals(names.map((it) => it.name), ["accounts"]);
});
