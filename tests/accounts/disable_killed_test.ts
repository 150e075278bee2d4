import { assert, assertEquals } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import {
  type AccountFolder,
  accountFolder,
  type AccountFolderOptions,
} from "../support/account_folder.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import {
  assertKept,
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "./interruptions.ts";

const HOMES = {
  "another login": { accounts: [1, 2] },
  "only a key beside it": { accounts: [1], keys: [4] },
};

for (const [what, home] of Object.entries(HOMES)) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`disable() with ${what} finishes or can be repeated when it ${how}`, async () => {
      await failAtEveryStep((it) => isInterrupted(home, it), options);
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  home: AccountFolderOptions & { accounts: number[] },
  options: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await accountFolder({
    ...home,
    active: 1,
    inMemory: true,
    state: { current_index: 1, linked: true },
  });
  await folder.renew(1, refreshed(1));
  const precious = Object.values(await folder.credentials());
  const manager = new Doctor({ dir: folder.path });
  const steps = await interrupt(() => manager.disable(1), options);
  const when = `step ${options.failAt}`;
  await assertKept(folder, precious, when);
  if (await isDisabled(manager)) {
    assert(await linkOf(folder) !== "accounts/oauth_creds_1.json", when);
  }
  await manager.disable(1);
  await manager.repair();
  assertEquals(await isDisabled(manager), true, when);
  const other = home.accounts.length > 1
    ? "accounts/oauth_creds_2.json"
    : undefined;
  assertEquals(await linkOf(folder), other, when);
  await assertKept(folder, precious, `the next try after ${when}`);
  assertEquals(await findingsIn(folder, Date.now()), [], when);
  return steps >= (options.failAt ?? 0);
}

async function isDisabled(manager: Doctor): Promise<boolean> {
  const [first] = await manager.listAccounts();
  return first?.state === "disabled";
}

async function linkOf({ layout }: AccountFolder): Promise<string | undefined> {
  return await Deno.readLink(layout.live).catch(() => undefined);
}
