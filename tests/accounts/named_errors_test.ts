import { assertRejects, assertStringIncludes } from "@std/assert";
import type { AccountManager } from "../../lib/mod.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { managerOf } from "./managers.ts";

/** Logins 1 (work) and 2 (home), keys 3 (plan) and 4 (spare). */
async function labelledFolder(): Promise<AccountFolder> {
  const folder = await accountFolder({
    accounts: [1, 2],
    keys: [3, 4],
    active: 1,
  });
  const manager = managerOf(folder);
  const labels = ["work", "home", "plan", "spare"];
  for (const [at, label] of labels.entries()) {
    await manager.setLabel(at + 1, label);
  }
  return folder;
}

type Action = (
  manager: AccountManager,
  folder: AccountFolder,
) => Promise<unknown>;

/** The operations that fail, and how the error names the account. */
const FAILURES: Record<string, [string, Action]> = {
  "readKey() of a login": ["home (account 2)", (it) => it.readKey(2)],
  "restore() of a key": ["plan (account 3)", (it) => it.restore(3)],
  "restore() without earlier logins": [
    "home (account 2)",
    (it) => it.restore(2),
  ],
  "restore() of a login that another account has": [
    "into home (account 2): it is now in the slot of work (account 1)",
    async (it, folder) => {
      const stash = await stashed(folder, credential(1), [1, 2]);
      await it.restore(2, { stash });
    },
  ],
  "restore() of a removed login that was added again": [
    "home (account 2): qwen (account 5)",
    async (it) => {
      const { path } = await it.removeAccount(2);
      await it.addAccount(path);
      await it.restore(2);
    },
  ],
  "switchTo() of a doubtful account": [
    "home (account 2)",
    async (it, folder) => {
      await stashed(folder, refreshed(1), [1, 2]);
      await it.switchTo(2);
    },
  ],
  "allowLogin() of a key": ["plan (account 3)", (it) => it.allowLogin(3)],
  "refresh() of a key": ["plan (account 3)", (it) => it.refresh(3)],
  "moveAccount() to a used number": [
    "home (account 2)",
    (it) => it.moveAccount(2, 3),
  ],
  "setOrder() with an account twice": [
    "home (account 2)",
    (it) => it.setOrder([2, 2]),
  ],
  "addKey() in place of the key of another account": [
    "spare (account 4): plan (account 3)",
    async (it) => {
      await it.addKey(await it.readKey(3), { replace: 4 });
    },
  ],
};

for (const [what, [name, action]] of Object.entries(FAILURES)) {
  Deno.test(`${what} fails with the label of the account`, async () => {
    await using folder = await labelledFolder();
    const error = await assertRejects(
      async () => await action(managerOf(folder), folder),
      Error,
    );
    assertStringIncludes(error.message, name);
  });
}

Deno.test("examine() names the account that a broken link points to by its label", async () => {
  await using folder = await labelledFolder();
  const { live } = folder.layout;
  await Deno.remove(live);
  await Deno.symlink("accounts/oauth_creds_2.json", live);
  await Deno.remove(`${folder.layout.accounts}/oauth_creds_2.json`);
  const findings = await findingsIn(folder);
  const link = findings.find((it) => it.check === "link");
  assertStringIncludes(link?.problem ?? "", "home (account 2)");
});
