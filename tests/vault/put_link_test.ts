import { assertEquals } from "@std/assert";
import { accountFolder, credential } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "../accounts/agent_writes.ts";
import { managerOf } from "../accounts/managers.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("switchTo() does not link to an account whose newer login turns up during the switch", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 2 });
  await manager.beginRun({ account: 1 });
  {
    using _files = replaceFiles((real) => ({
      async setModified(path, ms) {
        await real.setModified(path, ms); // the last step before the swap
        refresh(folder, refreshed(2));
      },
    }));
    await assertFails(() => manager.switchTo(2), "doubtful");
  }
  assertEquals(await folder.stash(), [refreshed(2)]);
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await Deno.readFile(folder.layout.live), refreshed(2));
  await manager.repair();
  assertEquals(await folder.stash(), [refreshed(2)]);
});

Deno.test("repair() links to a third account when a newer login of the second turns up meanwhile", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 2 });
  await manager.beginRun({ account: 1 });
  refresh(folder, refreshed(1));
  let isFirst = true;
  {
    using _files = replaceFiles((real) => ({
      async setModified(path, ms) {
        await real.setModified(path, ms);
        if (isFirst) refresh(folder, refreshed(2));
        isFirst = false;
      },
    }));
    await manager.repair();
  }
  const stash = await folder.stash();
  assertEquals(stash.length, 2);
  for (const index of [1, 2, 3]) {
    assertEquals(await folder.slot(index), credential(index));
  }
});
