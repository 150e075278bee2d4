import { assert } from "@std/assert";
import {
  countingFiles,
  type CountingFilesOptions,
} from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { noOrphans, strangers } from "../support/strangers.ts";

/** The interruptions that may happen at any step. */
export const INTERRUPTIONS: Readonly<Record<string, CountingFilesOptions>> = {
  "is killed": { fault: "halt" },
  "is killed where names cannot be swapped": {
    fault: "halt",
    canExchange: false,
  },
  "finds the disk full": { fault: "ENOSPC", lasting: true },
  "finds the disk full where names cannot be swapped": {
    fault: "ENOSPC",
    lasting: true,
    canExchange: false,
  },
  "meets a bad disk once": { fault: "EIO" },
};

/**
 * Lets `isInterrupted` fail at its first step, its second one, and so on, until
 * it says that the operation finished before the step.
 */
export async function failAtEveryStep(
  isInterrupted: (options: CountingFilesOptions) => Promise<boolean>,
  options: CountingFilesOptions,
): Promise<void> {
  using _strangers = strangers();
  using _orphans = noOrphans();
  let failAt = 1;
  while (await isInterrupted({ ...options, failAt })) failAt++;
  assert(failAt > 10, `it was over after ${failAt - 1} steps`);
}

/** Begins an action that fails at a step; returns how many steps were begun. */
export async function interrupt(
  action: () => Promise<unknown>,
  options: CountingFilesOptions,
): Promise<number> {
  const counting = countingFiles(runtime.files, options);
  using _ = replaceFiles(() => counting);
  const failed = action().catch(() => {});
  await Promise.race([failed, counting.halted]);
  return counting.steps;
}

/** Asserts that each of `precious` is somewhere in the folder. */
export async function assertKept(
  folder: AccountFolder,
  precious: readonly string[],
  message: string,
): Promise<void> {
  const kept = Object.values(await folder.credentials());
  for (const it of precious) assert(kept.includes(it), message);
}
