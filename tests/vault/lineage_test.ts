import { assertEquals } from "@std/assert";
import {
  ancestorsOf,
  tokenMark,
  wasRefused,
} from "../../lib/vault/logins/lineage.ts";
import { readCredential } from "../../lib/vault/logins/credential_file.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { refreshToken } from "../support/home.ts";
import { tellGrant, tellRefusal } from "../support/told.ts";

/** The `time`th login of an account, whose tokens do not show the owner. */
function login(time: number): Uint8Array {
  return credential(1, {
    accessToken: `access ${time}`,
    refreshToken: `refresh ${time}`,
  });
}

Deno.test("ancestorsOf() finds nothing when there are no notes", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await ancestors(folder, login(1)), new Set());
});

Deno.test("ancestorsOf() finds every token that a login descends from", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await tellGrant(folder, credential(1), login(1));
  await tellGrant(folder, login(1), login(2));
  await tellGrant(folder, credential(2), login(7));
  const marks = [refreshToken(1), "refresh 1"].map(tokenMark);
  assertEquals(
    await ancestors(folder, login(2)),
    new Set(await Promise.all(marks)),
  );
});

Deno.test("ancestorsOf() ends when the notes form a circle", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await tellGrant(folder, login(1), login(2));
  await tellGrant(folder, login(2), login(1));
  assertEquals((await ancestors(folder, login(1))).size, 2);
});

Deno.test("wasRefused() distinguishes a refused token from one that was used up", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await tellRefusal(folder, login(1));
  assertEquals(await refused(folder, login(1)), true);
  assertEquals(await refused(folder, login(2)), false);
  await tellGrant(folder, login(1), login(2));
  assertEquals(await refused(folder, login(1)), false);
});

async function ancestors(folder: AccountFolder, bytes: Uint8Array) {
  return await ancestorsOf(folder.layout, await read(folder, bytes));
}

async function refused(folder: AccountFolder, bytes: Uint8Array) {
  return await wasRefused(folder.layout, await read(folder, bytes));
}

async function read(folder: AccountFolder, bytes: Uint8Array) {
  const path = `${folder.path}/login`;
  await folder.put(bytes, path);
  const found = await readCredential(path, folder.layout);
  if ("problem" in found) throw new Error(found.problem);
  return found.credential;
}
