import { assert, assertEquals } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { countingFiles } from "../support/counting_files.ts";
import { sameBytes } from "../../lib/disk/bytes.ts";
import { accountFolder, credential, text } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { linkOf, managerOf } from "./managers.ts";
import { unlessDoubtful } from "./doubt.ts";

const OPERATIONS: Record<
  string,
  (manager: Doctor) => Promise<unknown>
> = {
  "switchTo()": (manager) => manager.switchTo(2),
  "beginRun()": (manager) => manager.beginRun({ account: 1 }),
  "repair()": (manager) => manager.repair(),
};

for (const canExchange of [true, false]) {
  const which = canExchange ? "can" : "cannot";
  for (const [what, operation] of Object.entries(OPERATIONS)) {
    Deno.test(`${what} loses nothing when the agent writes again at any step and names ${which} be swapped`, async () => {
      let step = 1;
      while (await survives(operation, step, canExchange)) step++;
      assert(step > 5, `there were ${step} steps`);
    });
  }
}

/**
 * Lets a run of account 1 refresh before `operation`, and again right before
 * its step `at`; returns `false` if the operation has fewer steps.
 */
async function survives(
  operation: (manager: Doctor) => Promise<unknown>,
  at: number,
  canExchange: boolean,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    inMemory: true,
  });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 1 });
  refresh(folder, refreshed(1, 1));
  let isDone = false;
  {
    using _files = replaceFiles((real) =>
      countingFiles(real, {
        canExchange,
        onStep: (step) => {
          if (step !== at) return;
          refresh(folder, refreshed(1, 2));
          isDone = true;
        },
      })
    );
    await unlessDoubtful(() => operation(manager));
  }
  await unlessDoubtful(() => manager.switchTo(2));

  const kept = Object.values(await folder.credentials());
  const newest = refreshed(1, isDone ? 2 : 1);
  for (const it of [credential(1), credential(2), newest]) {
    assert(kept.includes(text(it)), `lost ${text(it)} at step ${at}`);
  }
  const isStashed = (await folder.stash()).some((it) => sameBytes(it, newest));
  if (!isStashed) {
    assertEquals(await folder.slot(1), newest, `at step ${at}`);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  }
  assertEquals(await folder.slot(2), credential(2), `at step ${at}`);
  return isDone;
}
