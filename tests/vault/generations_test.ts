import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  modeOf,
  NOW,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { generationPaths } from "../support/kept_files.ts";

Deno.test("a new login is kept as a generation that others cannot read", async () => {
  await using folder = await folderWith();
  const { layout } = folder;
  await renew(folder, ["new"]);
  const [path = ""] = await generationPaths(layout, 1);
  assertEquals(await Deno.readFile(path), content("new"));
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(layout.generations), "0700");
});

Deno.test("the present login and five before it are kept", async () => {
  await using folder = await folderWith();
  await renew(folder, ["1", "2", "3", "4", "5", "6", "7", "8"]);
  assertEquals(await kept(folder), ["8", "7", "6", "5", "4", "3"]);
});

Deno.test("a login that comes back is the newest generation", async () => {
  await using folder = await folderWith();
  await renew(folder, ["a", "b", "a"]);
  assertEquals(await kept(folder), ["a", "b", "old"]);
});

Deno.test("the generations keep their order when the clock was set back", async () => {
  await using folder = await folderWith();
  for (const [at, name] of ["1", "2", "3", "4"].entries()) {
    await renew(folder, [name], NOW - at * 3_600_000);
  }
  assertEquals(await kept(folder), ["4", "3", "2", "1", "old"]);
});

for (const number of ["000009", "000099", "999999"]) {
  Deno.test(`the generations keep their order after ${number}`, async () => {
    await using folder = await folderWith();
    await renew(folder, ["1"]);
    const [newest = ""] = await generationPaths(folder.layout, 1);
    await Deno.rename(newest, newest.replace(/\.\d{6}\./, `.${number}.`));
    await renew(folder, ["2", "3"]);
    assertEquals(await kept(folder), ["3", "2", "1", "old"]);
  });
}

const NOT_OURS = [
  "oauth_creds_1.000007.20261121T083500123Z.json.away",
  "oauth_creds_1.000007.json",
  "oauth_creds_1.000007.20261121T083500123Z.x.json",
  "oauth_creds_1.away.20261121T083500123Z.json",
  "oauth_creds_1.07.20261121T083500123Z.json",
  "oauth_creds_1.copy.000007.20261121T083500123Z.json",
];

for (const name of NOT_OURS) {
  Deno.test(`a new login removes only old generations, and not ${name}`, async () => {
    await using folder = await folderWith();
    await renew(folder, ["1"]);
    const path = `${folder.layout.generations}/${name}`;
    await folder.put(content("away"), path);
    await renew(folder, ["2", "3", "4", "5", "6", "7", "8"]);
    assertEquals(await kept(folder), ["8", "7", "6", "5", "4", "3"]);
    assertEquals(await Deno.readFile(path), content("away"));
  });
}

Deno.test("the generations of accounts with similar numbers are apart", async () => {
  await using folder = await accountFolder({
    accounts: [1, 10],
    inMemory: true,
  });
  const manager = managerAt(folder, NOW);
  await manager.addLogin(content("1"), { index: 1 });
  const other = credential(10, { accessToken: "10" });
  await manager.addLogin(other, { index: 10 });
  assertEquals(await folder.generations(1), [content("1"), content("old")]);
  assertEquals(await folder.generations(10), [other, credential(10)]);
});

/** The login of account 1 that is called `name`, with tokens of its own. */
function content(name: string): Uint8Array {
  return name === "old"
    ? credential(1)
    : credential(1, { accessToken: name, refreshToken: `refresh ${name}` });
}

/** Account 1, with its old login. */
async function folderWith(): Promise<AccountFolder> {
  return await accountFolder({ accounts: [1], inMemory: true });
}

/** Gives account 1 the logins called `names`, one after the other. */
async function renew(
  folder: AccountFolder,
  names: readonly string[],
  now = NOW,
): Promise<void> {
  const manager = managerAt(folder, now);
  for (const it of names) await manager.addLogin(content(it), { index: 1 });
}

function managerAt({ path }: AccountFolder, now: number): AccountManager {
  return new AccountManager({ dir: path, system: fakeClock(now) });
}

/** The names of the generations of account 1, newest first. */
async function kept(folder: AccountFolder): Promise<string[]> {
  const names = ["old", "1", "2", "3", "4", "5", "6", "7", "8", "a", "b"];
  const nameOf = new Map(names.map((it) => [String(content(it)), it]));
  const generations = await folder.generations(1);
  return generations.map((it) => nameOf.get(String(it)) ?? "unknown");
}
