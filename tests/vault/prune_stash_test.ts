import { assertEquals } from "@std/assert";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { fakeClock } from "../support/clock.ts";
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
 * Creates account 1, which had the logins 1 to `count` and has a later one now.
 */
async function accountThatHad(count: number): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2] });
  for (let number = 1; number <= count; number++) {
    await folder.keep(1, login(number));
  }
  await folder.renew(1, login(count + 1));
  return folder;
}

async function prune(folder: AccountFolder, now = NOW): Promise<string[]> {
  const before = await namesIn(folder.layout.stash);
  const system = fakeClock(now);
  await new Doctor({ dir: folder.path, system }).repair();
  const after = await namesIn(folder.layout.stash);
  return before.filter((it) => !after.includes(it));
}

Deno.test("repair() removes a copy when its only suspect has a newer login", async () => {
  await using folder = await accountThatHad(1);
  const name = await stashed(folder, login(1), [1]);
  assertEquals(await prune(folder), [name]);
});

Deno.test("repair() removes nothing that exists nowhere else", async () => {
  await using folder = await accountThatHad(1);
  await stashed(folder, credential(9, { expiresAt: NOW - 1 }), [1]);
  await stashed(folder, credential(9, { accessToken: "b" }), [1, 2]);
  await stashed(folder, new TextEncoder().encode("no login"));
  const later = NOW + 1_000 * DAY_MS;
  assertEquals(await prune(folder, later), []);
});

Deno.test("repair() keeps the trace of a guess for 30 days", async () => {
  await using folder = await accountThatHad(1);
  const name = await stashed(folder, login(1), [1, 2]);
  assertEquals(await prune(folder, NOW + 29 * DAY_MS), []);
  assertEquals(await prune(folder, NOW + 31 * DAY_MS), [name]);
});

Deno.test("repair() keeps the traces of 20 guesses", async () => {
  await using folder = await accountThatHad(0);
  for (let number = 1; number <= 25; number++) {
    await stashed(folder, login(number), [1, 2]);
    await folder.keep(1, login(number));
  }
  await folder.renew(1, login(26));
  assertEquals((await prune(folder)).length, 5);
  assertEquals((await folder.stash()).length, 20);
});
