import { assertEquals, assertThrows } from "@std/assert";
import {
  requireAccount,
  switchAccount,
} from "../../lib/accounts/switch_account.ts";
import { accountState } from "../../lib/ledger/state.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import { accountFolder, modeOf, TIME } from "../support/account_folder.ts";
import { underLock } from "./locked.ts";
import { AccountError } from "../../lib/errors.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("switchAccount() moves the link, counts and records", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { result, state } = await underLock(
    folder,
    (locked) => switchAccount(locked, { from: 1, to: 2, reason: "quota" }),
  );
  assertEquals(result, { switched: true, from: 1, to: 2 });
  assertEquals(state.switchesTotal, 1);
  assertEquals(accountState(state, 2).lastUsed, TIME);
  assertEquals(await folder.events(), [{
    timestamp: "2026-11-21T08:35:00.000Z",
    level: "info",
    event: "account_switch",
    from: 1,
    to: 2,
    reason: "quota",
  }]);
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_2.json");
});

Deno.test("switchAccount() counts nothing when the account is already active", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const { result, state, events } = await underLock(
    folder,
    (locked) => switchAccount(locked, { from: 2, to: 2, reason: "asked" }),
  );
  assertEquals(result, { switched: false, from: 2, to: 2 });
  assertEquals(state.switchesTotal, 0);
  assertEquals(events, []);
});

Deno.test("switchAccount() records no previous account for the first one", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await underLock(
    folder,
    (locked) => switchAccount(locked, { from: undefined, to: 1, reason: "" }),
  );
  const [event] = await folder.events();
  assertEquals(event?.from, null);
});

Deno.test("switchAccount() tightens the mode of a slot and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const path = slotPath(folder.layout, 2);
  await Deno.chmod(path, 0o644);
  const { notices } = await underLock(
    folder,
    (locked) => switchAccount(locked, { from: 1, to: 2, reason: "" }),
  );
  assertEquals(notices, [`tightened ${path} from 0644 to 0600`]);
  assertEquals(await modeOf(path), "0600");
});

Deno.test("switchAccount() throws and leaves the link alone when the slot is a link", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.symlink("/dev/null", slotPath(folder.layout, 2));
  const change = () =>
    underLock(
      folder,
      (locked) => switchAccount(locked, { from: 1, to: 2, reason: "" }),
    );
  await assertFails(
    change,
    "unsafe-file",
    "it is a symbolic link, not a file",
  );
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_1.json");
});

for (
  const [present, words] of [[[1, 5, 9], "have: 1, 5, 9"], [
    [],
    "there are no accounts",
  ]] as const
) {
  Deno.test(`requireAccount() says ${words} when the account is missing`, async () => {
    await using folder = await accountFolder({ accounts: present });
    const { result: error } = await underLock(folder, (locked) =>
      assertThrows(
        () => requireAccount(locked, 3),
        AccountError,
        `Cannot use account 3: it does not exist (${words})`,
      ));
    assertEquals([error.code, error.index], ["no-such-account", 3]);
  });
}
