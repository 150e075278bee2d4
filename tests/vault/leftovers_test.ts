import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import {
  examineLeftover,
  findLeftovers,
} from "../../lib/vault/settle/leftovers.ts";
import { temporaryName } from "../../lib/disk/names.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
  NOW,
} from "../support/account_folder.ts";

Deno.test("findLeftovers() returns what may be the only copy of a credential", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const live = temporaryName(layout.live);
  const slot = temporaryName(slotPath(layout, 7));
  for (const path of [live, slot]) await folder.put(credential(7), path);
  assertEquals(await findLeftovers(layout), [
    { path: live, slot: undefined, kind: "credential" },
    { path: slot, slot: 7, kind: "credential" },
  ]);
  assertEquals(await Deno.readFile(live), credential(7));
  assertEquals(await Deno.readFile(slot), credential(7));
});

Deno.test("findLeftovers() returns a link of ours that was never put in place, or was replaced", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const path = temporaryName(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_2.json", path);
  assertEquals(await findLeftovers(folder.layout), [
    { path, slot: 2, kind: "link" },
  ]);
  assertEquals(await Deno.readLink(path), "accounts/oauth_creds_2.json");
});

const WORTHLESS: Record<string, (folder: AccountFolder) => Promise<void>> = {
  "a link to something else": ({ layout }) =>
    Deno.symlink("accounts/other.json", temporaryName(layout.live)),
  "a link that was planted for a slot": ({ layout }) =>
    Deno.symlink(layout.live, temporaryName(slotPath(layout, 1))),
  "a state that was never put in place": ({ layout, put }) =>
    put(new TextEncoder().encode("version: 1"), temporaryName(layout.state)),
};

for (const [what, leave] of Object.entries(WORTHLESS)) {
  Deno.test(`findLeftovers() removes ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await leave(folder);
    assertEquals(await findLeftovers(folder.layout), []);
    assertEquals(await namesIn(folder.path), ["accounts", "oauth_creds.json"]);
    assertEquals(
      await namesIn(folder.layout.accounts),
      ["oauth_creds_1.json"],
    );
    assertEquals(await folder.slot(1), credential(1));
  });
}

Deno.test("findLeftovers() leaves alone what does not have a temporary name", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const names = [
    ".oauth_creds.json.swp",
    "settings.json",
    "x.tmp",
  ];
  for (const it of names) await Deno.writeTextFile(`${folder.path}/${it}`, "");
  const before = await namesIn(folder.path);
  assertEquals(await findLeftovers(folder.layout), []);
  assertEquals(await namesIn(folder.path), before);
});

Deno.test("findLeftovers() returns what a killed agent was about to rename, but not what it is writing", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const path = `${folder.path}/oauth_creds.json.tmp.some-uuid`;
  await folder.put(credential(1), path);
  await runtime.files.setModified(path, NOW);
  assertEquals(await findLeftovers(folder.layout, NOW + 4_999), []);
  assertEquals(await findLeftovers(folder.layout, NOW + 5_000), [
    { path, slot: undefined, kind: "written" },
  ]);
  assertEquals(await Deno.readFile(path), credential(1));
});

Deno.test("findLeftovers() removes a file that a killed agent had written only in part", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const path = `${folder.path}/oauth_creds.json.tmp.some-uuid`;
  await folder.put(credential(1).subarray(0, 90), path);
  await runtime.files.setModified(path, NOW);
  assertEquals(await findLeftovers(folder.layout, NOW + 5_000), []);
  assertEquals(await namesIn(folder.path), ["accounts", "oauth_creds.json"]);
});

Deno.test("findLeftovers() leaves a folder alone", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const path = temporaryName(`${folder.path}/settings.json`);
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/file`, "precious");
  assertEquals(await findLeftovers(folder.layout), []);
  assertEquals(await Deno.readTextFile(`${path}/file`), "precious");
});

Deno.test("findLeftovers() finds nothing when there is no folder", async () => {
  await using folder = await accountFolder();
  assertEquals(await findLeftovers(folder.layout), []);
});

Deno.test("examineLeftover() finds no owner for a former live file", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = temporaryName(folder.layout.live);
  await folder.put(credential(1), path);
  assertEquals(await examineLeftover(folder.layout, path), {
    path,
    slot: undefined,
    kind: "credential",
  });
});
