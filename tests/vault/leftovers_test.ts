import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { settled } from "../accounts/watched.ts";

const ACCOUNTS = { accounts: [1], active: 1 };

const WORTHLESS: Record<string, (folder: AccountFolder) => Promise<void>> = {
  "a link to a slot that was never put in place": ({ layout }) =>
    Deno.symlink("accounts/oauth_creds_2.json", temporaryName(layout.live)),
  "a link to something else": ({ layout }) =>
    Deno.symlink("accounts/other.json", temporaryName(layout.live)),
  "a link that was planted for a slot": ({ layout }) =>
    Deno.symlink(layout.live, temporaryName(slotPath(layout, 1))),
  "a state.yaml that was never put in place": ({ layout, put }) =>
    put(new TextEncoder().encode("version: 1"), temporaryName(layout.state)),
  "a file that a killed agent had only partly written": async (folder) => {
    const path = writtenBy(folder);
    await folder.put(credential(1).subarray(0, 90), path);
    await runtime.files.setModified(path, NOW - 5_000);
  },
};

for (const [what, leave] of Object.entries(WORTHLESS)) {
  Deno.test(`a change removes ${what}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    await settled(folder);
    const before = await namesIn(folder.path);
    await leave(folder);
    const { events } = await settled(folder);
    assertEquals(events, []);
    assertEquals(await namesIn(folder.path), before);
    assertEquals(await namesIn(folder.layout.accounts), [
      "generations",
      "oauth_creds_1.json",
    ]);
    assertEquals(await folder.slot(1), credential(1));
  });
}

Deno.test("a change leaves files without a temporary name alone", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const names = [".oauth_creds.json.swp", "settings.json", "x.tmp"];
  for (const it of names) await Deno.writeTextFile(`${folder.path}/${it}`, "");
  await settled(folder);
  const after = await namesIn(folder.path);
  assertEquals(names.filter((it) => !after.includes(it)), []);
});

Deno.test("a change leaves a folder at a temporary name alone", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const path = temporaryName(`${folder.path}/settings.json`);
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/file`, "precious");
  await settled(folder);
  assertEquals(await Deno.readTextFile(`${path}/file`), "precious");
});

for (const [ageMs, isTaken] of [[4_999, false], [5_000, true]] as const) {
  const does = isTaken ? "adopts" : "leaves";
  Deno.test(`a change ${does} what the agent wrote ${ageMs} ms ago and has not renamed`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const path = writtenBy(folder);
    const newer = credential(1, { accessToken: "next", expiresAt: NOW + 9e6 });
    await folder.put(newer, path);
    await runtime.files.setModified(path, NOW - ageMs);
    await settled(folder);
    assertEquals(await folder.slot(1), isTaken ? newer : credential(1));
    const isThere = await runtime.files.info(path) !== undefined;
    assertEquals(isThere, !isTaken);
  });
}

/** Where the agent writes a login before it renames it. */
function writtenBy({ path }: AccountFolder): string {
  return `${path}/oauth_creds.json.tmp.some-uuid`;
}
