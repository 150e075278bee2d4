import { assertEquals } from "@std/assert";
import { basename } from "../../lib/disk/names.ts";
import { copyToGenerations } from "../../lib/vault/logins/generations.ts";
import { pruneStash } from "../../lib/vault/logins/prune_stash.ts";
import { writeSlot } from "../../lib/vault/logins/slots.ts";
import { stashedAt } from "../../lib/vault/logins/stash.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";

const DAY_MS = 24 * 3_600_000;

/** A login that expires `number` ms after `NOW`. */
function login(number: number): Uint8Array {
  return credential(1, {
    accessToken: `access-${number}`,
    expiresAt: NOW + number,
  });
}

/**
 * Gives account 1 the logins 1 to `count` one after the other, and then a later
 * one.
 */
async function having(count: number): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2] });
  for (let number = 1; number <= count; number++) {
    await copyToGenerations(folder.layout, 1, login(number), NOW);
  }
  await writeSlot(folder.layout, 1, login(count + 1), NOW);
  return folder;
}

async function prune(folder: AccountFolder, now = NOW): Promise<string[]> {
  const pruned = await pruneStash(folder.layout, [1, 2], now);
  return pruned.map((it) => basename(it));
}

Deno.test("stashedAt() reads the time in the name", async () => {
  await using folder = await having(1);
  const name = await stashed(folder, login(1), [1]);
  assertEquals([stashedAt(name), stashedAt("other.json")], [NOW, undefined]);
});

Deno.test("pruneStash() removes a copy of one account that has a newer login", async () => {
  await using folder = await having(1);
  const name = await stashed(folder, login(1), [1]);
  assertEquals(await prune(folder), [name]);
});

Deno.test("pruneStash() removes nothing that exists nowhere else", async () => {
  await using folder = await having(1);
  await stashed(folder, credential(9, { expiresAt: NOW - 1 }), [1]);
  await stashed(folder, credential(9, { accessToken: "b" }), [1, 2]);
  await stashed(folder, new TextEncoder().encode("no login"));
  const later = NOW + 1_000 * DAY_MS;
  assertEquals(await prune(folder, later), []);
});

Deno.test("pruneStash() leaves the trace of a guess for 30 days", async () => {
  await using folder = await having(1);
  const name = await stashed(folder, login(1), [1, 2]);
  assertEquals(await prune(folder, NOW + 29 * DAY_MS), []);
  assertEquals(await prune(folder, NOW + 31 * DAY_MS), [name]);
});

Deno.test("pruneStash() leaves the traces of 20 guesses", async () => {
  await using folder = await having(0);
  for (let number = 1; number <= 25; number++) {
    await stashed(folder, login(number), [1, 2]);
    await copyToGenerations(folder.layout, 1, login(number), NOW);
  }
  await writeSlot(folder.layout, 1, login(26), NOW);
  assertEquals((await prune(folder)).length, 5);
  assertEquals((await folder.stash()).length, 20);
});
