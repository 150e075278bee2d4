import { assert, assertEquals } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { countingFiles } from "../support/counting_files.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  text,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed, writeInPlace } from "./agent_writes.ts";
import { managerOf } from "./managers.ts";
import { unlessDoubtful } from "./doubt.ts";

const OPERATIONS: Record<
  string,
  (manager: Doctor) => Promise<unknown>
> = {
  "switchTo()": (manager) => manager.switchTo(3),
  "switchTo() back": (manager) => manager.switchTo(1),
  "beginRun()": (manager) => manager.beginRun({ account: 3 }),
  "repair()": (manager) => manager.repair(),
};

for (const isFirst of [true, false]) {
  const what = isFirst ? "writes" : "writes again";
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    Deno.test(`${name} loses nothing and gives no account the login of another one when a program ${what} in place at any step`, async () => {
      let step = 1;
      while (await survives(operation, step, isFirst)) step++;
      assert(step > 1, `there were ${step} steps`);
    });
  }
}

/**
 * Lets a run of account 1 write in place while account 2 is active: right
 * before step `at` of `operation`, and once before the operation unless it
 * `isFirst`. Returns `false` if the operation has fewer steps.
 */
async function survives(
  operation: (manager: Doctor) => Promise<unknown>,
  at: number,
  isFirst: boolean,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 1,
    inMemory: true,
  });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 1 });
  await manager.switchTo(2);
  if (!isFirst) writeInPlace(folder, refreshed(1, 1));
  let isDone = false;
  {
    using _files = replaceFiles((real) =>
      countingFiles(real, {
        onStep: (step) => {
          if (step !== at) return;
          writeInPlace(folder, refreshed(1, 2));
          isDone = true;
        },
      })
    );
    await unlessDoubtful(() => operation(manager));
  }
  await unlessDoubtful(() => manager.repair());
  const newest = isDone ? [refreshed(1, 2)] : [];
  const earlier = isFirst || isDone ? [] : [refreshed(1, 1)];
  const precious = [1, 2, 3].map((it) => credential(it));
  const kept = Object.values(await folder.credentials());
  for (const it of [...precious, ...newest, ...earlier]) {
    assert(kept.includes(text(it)), `lost ${text(it)} at step ${at}`);
  }
  await assertNotMixed(folder, `at step ${at}`);
  return isDone;
}

async function assertNotMixed(
  folder: AccountFolder,
  message: string,
): Promise<void> {
  for (const index of [2, 3]) {
    assertEquals(await folder.slot(index), credential(index), message);
    for (const it of await folder.generations(index)) {
      assertEquals(text(it), text(credential(index)), message);
    }
  }
}
