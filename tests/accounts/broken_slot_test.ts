import { assertEquals } from "@std/assert";
import type { Readiness } from "../../lib/readiness.ts";
import { keySlotPath, slotPath } from "../../lib/disk/names.ts";
import { accountFolder } from "../support/account_folder.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const HOUR_MS = 3_600_000;

/** A folder whose account 2 has a broken slot, of either kind. */
const BROKEN = {
  "a login that is cut short": async () => {
    const folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
    await Deno.writeTextFile(slotPath(folder.layout, 2), '{"access_token":');
    return folder;
  },
  "a file that holds no key": async () => {
    const folder = await accountFolder({
      accounts: [1, 3],
      keys: [2],
      active: 1,
    });
    await Deno.writeTextFile(keySlotPath(folder.layout, 2), "# nothing\n");
    return folder;
  },
};

for (const [what, make] of Object.entries(BROKEN)) {
  Deno.test(`every view shows account 2 as unusable with ${what}`, async () => {
    await using folder = await make();
    const manager = managerOf(folder);
    const [, listed] = await manager.listAccounts();
    const preview = await manager.previewNext();
    const candidate = preview.candidates[1];
    const readiness = await manager.readiness();
    const last = readiness.at(-1);
    const obstacle = `slot ${listed?.problem}`;
    assertEquals(listed?.state, "login-needed");
    assertEquals(preview.chosen, 3);
    assertEquals([candidate?.obstacle, candidate?.readyAt], [
      obstacle,
      Infinity,
    ]);
    assertEquals([last?.index, last?.obstacle], [2, obstacle]);
  });

  Deno.test(`switchTo() and beginRun() refuse account 2 with ${what}`, async () => {
    await using folder = await make();
    const manager = managerOf(folder);
    await assertFails(() => manager.switchTo(2), "invalid-credential");
    await assertFails(
      () => manager.beginRun({ account: 2 }),
      "invalid-credential",
    );
    assertEquals((await manager.getStats()).currentIndex, 1);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  });

  Deno.test(`switchNext() and beginRun() treat account 2 as never ready with ${what}`, async () => {
    await using folder = await make();
    const manager = managerOf(folder);
    assertEquals((await manager.switchNext()).to, 3);
    await manager.switchTo(1);
    await manager.setCooldown(3, HOUR_MS);
    const next = await assertFails(
      () => manager.switchNext(),
      "none-ready",
      "no other account is ready now",
    );
    assertEquals(
      next.accounts.map((it: Readiness) => [it.index, it.readyAt < Infinity]),
      [[3, true], [2, false]],
    );
    await manager.removeAccount(3);
    await manager.removeAccount(1);
    await assertFails(() => manager.beginRun(), "none-usable");
  });
}

Deno.test("switchNext() names no ready account when none of the others is ready", async () => {
  await using folder = await accountFolder({ accounts: [1, 4], active: 4 });
  const manager = managerOf(folder);
  await manager.setCooldown(1, HOUR_MS);
  const error = await assertFails(
    () => manager.switchNext(),
    "none-ready",
    "Cannot switch: no other account is ready now",
  );
  assertEquals(error.accounts.map((it: Readiness) => it.index), [1]);
  await manager.setCooldown(4, 2 * HOUR_MS);
  const all = await assertFails(
    () => manager.switchNext(),
    "none-ready",
    "none is ready now",
  );
  assertEquals(all.accounts.map((it: Readiness) => it.index), [1, 4]);
});
