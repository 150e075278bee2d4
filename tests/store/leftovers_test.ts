import { assertEquals } from "@std/assert";
import { sweepLeftovers } from "../../lib/store/leftovers.ts";
import { temporaryName } from "../../lib/store/names.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";

Deno.test("sweepLeftovers() returns what may be the only copy of a credential", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const live = temporaryName(layout.live);
  const slot = temporaryName(slotPath(layout, 7));
  for (const path of [live, slot]) await folder.put(credential(7), path);
  assertEquals(await sweepLeftovers(layout), [
    { path: live, slot: undefined },
    { path: slot, slot: 7 },
  ]);
  assertEquals(await Deno.readFile(live), credential(7));
  assertEquals(await Deno.readFile(slot), credential(7));
});

const WORTHLESS: Record<string, (folder: AccountFolder) => Promise<void>> = {
  "a link that took no place": ({ layout }) =>
    Deno.symlink("accounts/oauth_creds_1.json", temporaryName(layout.live)),
  "a credential of no bytes": ({ layout, put }) =>
    put(new Uint8Array(), temporaryName(slotPath(layout, 1))),
  "a state that took no place": ({ layout, put }) =>
    put(new TextEncoder().encode("version: 1"), temporaryName(layout.state)),
};

for (const [what, leave] of Object.entries(WORTHLESS)) {
  Deno.test(`sweepLeftovers() removes ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await leave(folder);
    assertEquals(await sweepLeftovers(folder.layout), []);
    assertEquals(await namesIn(folder.path), ["accounts", "oauth_creds.json"]);
    assertEquals(
      await namesIn(folder.layout.accounts),
      ["oauth_creds_1.json"],
    );
  });
}

Deno.test("sweepLeftovers() leaves alone what is no temporary name", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const names = [".oauth_creds.json.swp", "settings.json", "x.tmp"];
  for (const it of names) await Deno.writeTextFile(`${folder.path}/${it}`, "");
  await Deno.mkdir(temporaryName(`${folder.path}/folder`));
  const before = await namesIn(folder.path);
  assertEquals(await sweepLeftovers(folder.layout), []);
  assertEquals(await namesIn(folder.path), before);
});
