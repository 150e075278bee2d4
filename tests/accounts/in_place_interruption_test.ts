import { hasCode } from "../../lib/errors.ts";
import { assert, assertEquals } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { accountFolder, credential, text } from "../support/account_folder.ts";
import { refreshed, writeInPlace } from "./agent_writes.ts";
import {
  assertKept,
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "./interruptions.ts";
import { managerOf } from "./managers.ts";
import { stashPaths, suspectsIn } from "../support/kept_files.ts";

interface Scenario {
  /** The accounts. */
  accounts: readonly number[];
  /** What the run of account 1 writes while account 2 is active. */
  bytes: Uint8Array;
  /** The operation that is interrupted. */
  action: (manager: Doctor) => Promise<unknown>;
}

const PROVEN = credential(1, {
  accessToken: "next",
  expiresAt: Date.UTC(2100, 0),
});

const SCENARIOS: Record<string, Scenario> = {
  "a switch to a third account": {
    accounts: [1, 2, 3],
    bytes: refreshed(1),
    action: (manager) => manager.switchTo(3),
  },
  "a repair without a third account": {
    accounts: [1, 2],
    bytes: refreshed(1),
    action: (manager) => manager.repair(),
  },
  "a repair with a login of a proven owner": {
    accounts: [1, 2],
    bytes: PROVEN,
    action: (manager) => manager.repair(),
  },
};

for (const [what, scenario] of Object.entries(SCENARIOS)) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`what a run of another account wrote in place is in no wrong slot, and not lost, when ${what} ${how}, at any step`, async () => {
      await failAtEveryStep((it) => isInterrupted(scenario, it), options);
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  { accounts, bytes, action }: Scenario,
  options: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts,
    active: 1,
    inMemory: true,
  });
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 1 });
  await manager.switchTo(2);
  writeInPlace(folder, bytes);
  const precious = [...accounts.map((it) => credential(it)), bytes].map(text);
  const steps = await interrupt(() => action(manager), options);
  const when = `step ${options.failAt}`;
  await assertKept(folder, precious, `lost at ${when}`);

  await manager.repair().catch((error) => {
    if (!hasCode(error, "doubtful")) throw error;
  });
  await assertKept(folder, precious, `lost by the repair after ${when}`);
  const names = Object.keys(await folder.credentials());
  assertEquals(names.filter((it) => it.endsWith(".tmp")), [], when);
  for (const index of accounts.slice(1)) {
    const all = [await folder.slot(index), ...await folder.generations(index)];
    assertEquals(new Set(all.map(text)), new Set([text(credential(index))]));
  }
  if (bytes === PROVEN) {
    assertEquals(text(await folder.slot(1)), text(PROVEN), when);
  } else {
    const stash = await stashPaths(folder.layout);
    assertEquals(stash.map(suspectsIn), [[1, 2]], when);
    assert((await folder.stash()).every((it) => text(it) === text(bytes)));
  }
  return steps >= (options.failAt ?? 0);
}
