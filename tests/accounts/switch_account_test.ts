import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import { accountFolder, modeOf, TIME } from "../support/account_folder.ts";
import { watched } from "./watched.ts";
import { assertFails } from "../support/assert_fails.ts";
import { accountKeys } from "../support/state.ts";

Deno.test("switchTo() moves the link, counts and records", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { result, state } = await watched(
    folder,
    (accounts) => accounts.switchTo(2, { reason: "quota" }),
  );
  assertEquals(result, { switched: true, from: 1, to: 2 });
  assertEquals(state.switches_total, 1);
  assertEquals(accountKeys(state, 2).last_used, TIME);
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

Deno.test("switchTo() counts nothing when the account is already active", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const { result, state, events } = await watched(
    folder,
    (accounts) => accounts.switchTo(2, { reason: "asked" }),
  );
  assertEquals(result, { switched: false, from: 2, to: 2 });
  assertEquals(state.switches_total, 0);
  assertEquals(events, []);
});

Deno.test("switchTo() records no previous account for the first one", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await watched(
    folder,
    (accounts) => accounts.switchTo(1),
  );
  const [event] = await folder.events();
  assertEquals(event?.from, null);
});

Deno.test("switchTo() tightens the mode of a slot and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const path = slotPath(folder.layout, 2);
  await Deno.chmod(path, 0o644);
  const { notices } = await watched(
    folder,
    (accounts) => accounts.switchTo(2),
  );
  assertEquals(notices, [`tightened ${path} from 0644 to 0600`]);
  assertEquals(await modeOf(path), "0600");
});

Deno.test("switchTo() throws and leaves the link alone when the slot is a link", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.symlink("/dev/null", slotPath(folder.layout, 2));
  const change = () => watched(folder, (accounts) => accounts.switchTo(2));
  await assertFails(
    change,
    "unsafe-file",
    "it is a symbolic link, not a file",
  );
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_1.json");
});

const PRESENT: Record<string, number[]> = {
  "have: 1, 5, 9": [1, 5, 9],
  "there are no accounts": [],
};

for (const [words, accounts] of Object.entries(PRESENT)) {
  Deno.test(`switchTo() says ${words} when the account is missing`, async () => {
    await using folder = await accountFolder({ accounts });
    const error = await assertFails(
      () => watched(folder, (accounts) => accounts.switchTo(3)),
      "no-such-account",
      `Cannot use account 3: it does not exist (${words})`,
    );
    assertEquals(error.index, 3);
  });
}
