import { assertEquals } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { accountFolder, namesIn } from "../support/account_folder.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import {
  assertKept,
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "./interruptions.ts";

const LINKED = { current_index: 1, linked: true };

for (const index of [1, 2, 4]) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`a restore of removed account ${index} that ${how}, at any step, loses nothing and can be repeated`, async () => {
      await failAtEveryStep((it) => isInterrupted(index, it), options);
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  index: number,
  options: CountingFilesOptions,
): Promise<boolean> {
  // The only login, whose restore makes the link, or one of two.
  const accounts = index === 1 ? [1] : [1, 2];
  await using folder = await accountFolder({
    accounts,
    keys: [4],
    active: 1,
    inMemory: true,
    state: LINKED,
  });
  const login = index === 4 ? 1 : index;
  await folder.renew(login, refreshed(login));
  const precious = Object.values(await folder.credentials());
  const manager = new Doctor({ dir: folder.path });
  await manager.setLabel(index, "work");
  await manager.removeAccount(index);
  const steps = await interrupt(() => manager.restore(index), options);
  const when = `step ${options.failAt}`;
  await assertKept(folder, precious, when);

  const isThere = async () =>
    (await manager.nameAccounts()).find((it) => it.index === index);
  if (!await isThere()) await manager.restore(index);
  await manager.repair();
  assertEquals((await isThere())?.label, "work", when);
  await assertKept(folder, precious, `the next try after ${when}`);
  assertEquals(await findingsIn(folder, Date.now()), [], when);
  assertEquals(await namesIn(folder.layout.stash), [], when);
  const names = Object.keys(await folder.credentials());
  assertEquals(names.filter((it) => it.endsWith(".tmp")), [], when);
  return steps >= (options.failAt ?? 0);
}
